"""Documents of format 2 as documents of format 3, the only format that the extension reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.zarrs._codec_translation import is_of_numcodecs, translated
from zarr.zarrs._elements import opaque
from zarr.zarrs._vlen import VLEN, vlen_codec, vlen_members

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.numcodec import Numcodec
    from zarr.core.metadata.v2 import ArrayV2Metadata

type Json = dict[str, Any]

PICKLE: Final = "pickle"


def as_format3(metadata: ArrayV2Metadata, members: Json, fill: npt.NDArray[Any]) -> Json:
    """Return the members of a document of format 3 that reads and stores the same bytes.

    The elements keep the byte order of their data type and are passed as plain bytes. `fill` is the
    fill value with its exact bits.
    """
    dtype = metadata.dtype.to_native_dtype()
    vlen = vlen_codec(metadata.dtype)
    elements = opaque(dtype, fill) if vlen is None else vlen_members(metadata)
    separator = {"separator": metadata.dimension_separator}
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(metadata.shape),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(metadata.chunks)}},
        "chunk_key_encoding": {"name": "v2", "configuration": separator},
        "codecs": _codecs(metadata, members, dtype, vlen),
        **elements,
    }


def _codecs(
    metadata: ArrayV2Metadata, members: Json, dtype: np.dtype[Any], vlen: str | None
) -> list[Json]:
    """The filters and the compressor, in the order in which they encode."""
    codecs = [*(metadata.filters or ()), *([metadata.compressor] if metadata.compressor else ())]
    if any(codec.codec_id == PICKLE for codec in codecs):
        raise NotImplementedError("codec 'pickle' is not supported: data would run as code")
    serializer = "bytes"
    if vlen is not None:
        _check_vlen(codecs, vlen)
        codecs, serializer = codecs[1:], VLEN
    # Python also runs all codecs before the last one that needs it: they produce its input.
    native: list[Json] = []
    while codecs:
        item = 1 if vlen is not None else _item_before(codecs, dtype)
        known = translated(codecs[-1], item)
        if known is None:
            break
        native.insert(0, known)
        codecs.pop()
    if codecs and vlen is not None:
        name = codecs[-1].codec_id
        raise NotImplementedError(f"codec {name!r} after {vlen!r} is not supported")
    if codecs:
        filters = [codec.get_config() for codec in codecs]
        rest = {**members, "filters": filters, "compressor": None}
        rest["shape"] = rest["chunks"] = list(metadata.chunks)
        text = json.dumps({"array": rest, "endianness": None})
        return [{"name": "python", "configuration": {"document": text}}, *native]
    rank = len(metadata.shape)
    if metadata.order == "F" and rank > 1:
        order = {"order": list(range(rank))[::-1]}
        return [{"name": "transpose", "configuration": order}, {"name": serializer}, *native]
    return [{"name": serializer}, *native]


def _check_vlen(codecs: list[Numcodec], vlen: str) -> None:
    """Refuse elements of variable length that are not encoded by their own codec first."""
    first = codecs[0] if codecs else None
    if first is None or first.codec_id != vlen or not is_of_numcodecs(first):
        names = [codec.codec_id for codec in codecs]
        raise NotImplementedError(
            f"the codecs {names} for elements of variable length are not supported; "
            f"the first must be {vlen!r}"
        )


def _item_before(codecs: list[Numcodec], dtype: np.dtype[Any]) -> int:
    """The bytes per element of the last codec's input; only the compression depends on it."""
    if len(codecs) == 1:
        return dtype.itemsize
    value: Any = np.zeros(1, dtype)
    try:
        for codec in codecs[:-1]:
            value = codec.encode(value)
    except Exception:  # noqa: BLE001
        return 1
    return value.itemsize if isinstance(value, np.ndarray) else 1
