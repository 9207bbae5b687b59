"""One array in both zarr formats: documents that describe the same stored bytes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.core.dtype import get_data_type_from_json
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud._document.cache import as_document
from zarr.crud._document.fill_value import exact_json
from zarr.crud._errors import UnsupportedError
from zarr.crud._repack.codec_names import OBJECTS, from_numcodecs, to_numcodecs
from zarr.registry import get_codec_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.crud._document.document import Document

DIMENSIONS: Final = "_ARRAY_DIMENSIONS"
"""The attribute in which format 2 has the names of dimensions, by the convention of xarray."""


def as_format3(document: Document, *, with_codecs: bool = True) -> dict[str, Any]:
    """Return the members of a document of format 3 for the same elements as an array of format 2.

    The keys of chunks are those of format 3. The stored bytes of chunks are those of the array,
    where both formats can spell them so; nothing here is proved about that. Without codecs, the
    list of codecs of an array of format 2 is empty.

    Raises
    ------
    UnsupportedError
        A codec or the data type has no name in format 3.
    """
    metadata = document.array
    if isinstance(metadata, ArrayV3Metadata):
        return dict(document)
    attributes = dict(metadata.attributes)
    names = attributes.get(DIMENSIONS)
    members: dict[str, Any] = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(metadata.shape),
        "data_type": _data_type(metadata),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(metadata.chunks)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": _fill_value(document, metadata),
        "codecs": _codecs(metadata) if with_codecs else [],
    }
    if _are_names(names, len(metadata.shape)):
        members["dimension_names"] = attributes.pop(DIMENSIONS)
    return {**members, "attributes": attributes}


def _are_names(names: Any, rank: int) -> bool:
    is_list = isinstance(names, (list, tuple)) and len(names) == rank
    return is_list and all(isinstance(name, str) for name in names)


def _data_type(metadata: ArrayV2Metadata) -> Any:
    with warnings.catch_warnings():
        # Of data types that the specification does not name: the array has it already.
        warnings.simplefilter("ignore")
        try:
            return metadata.dtype.to_json(zarr_format=3)
        except Exception as err:
            raise UnsupportedError(
                f"zarr format 3 has no name for the data type {metadata.dtype!r}: {err}"
            ) from err


def _fill_value(document: Document, metadata: ArrayV2Metadata) -> Any:
    value = document.fill_value
    if value is None:
        # Format 3 has no undefined elements; missing chunks read as this.
        value = metadata.dtype.default_scalar()
    spelled = metadata.dtype.to_json_scalar(value, zarr_format=3)
    return exact_json(value, metadata.dtype.to_native_dtype(), spelled)


def _codecs(metadata: ArrayV2Metadata) -> list[dict[str, Any]]:
    codecs: list[dict[str, Any]] = []
    rank, native = len(metadata.shape), metadata.dtype.to_native_dtype()
    if metadata.order == "F" and rank > 1:
        order = list(range(rank - 1, -1, -1))
        codecs.append({"name": "transpose", "configuration": {"order": order}})
    steps = [*(metadata.filters or ()), *([metadata.compressor] if metadata.compressor else [])]
    converted = [from_numcodecs(step.get_config(), native.itemsize) for step in steps]
    before = [codec for codec in converted if kind_of_codec(codec) is ArrayArrayCodec]
    after = converted[len(before) :]
    if converted[: len(before)] != before:
        raise UnsupportedError("a filter of elements follows one of bytes, which format 3 lacks")
    if not (after and kind_of_codec(after[0]) is ArrayBytesCodec):
        after.insert(0, _bytes(native))
    return [*codecs, *before, *after]


def _bytes(native: np.dtype[Any]) -> dict[str, Any]:
    orders = {part.byteorder for part in _parts(native)} - {"|"}
    if not orders:
        return {"name": "bytes"}
    if len(orders) > 1:
        raise UnsupportedError("the fields of a structure have two byte orders; format 3 has one")
    endian = "big" if np.dtype(f"{orders.pop()}i2") == np.dtype(">i2") else "little"
    return {"name": "bytes", "configuration": {"endian": endian}}


def _parts(dtype: np.dtype[Any]) -> list[np.dtype[Any]]:
    if dtype.subdtype is not None:
        return _parts(dtype.subdtype[0])
    if dtype.names is None:
        return [dtype]
    return [part for name in dtype.names for part in _parts(dtype[name])]


def kind_of_codec(codec: Mapping[str, Any]) -> type:
    """Return the base class of a codec of format 3: of elements, to bytes, or of bytes."""
    found = get_codec_class(codec["name"])
    return next(
        k for k in (ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec) if issubclass(found, k)
    )


def as_format2(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a document of format 2 for an array of format 3.

    Raises
    ------
    UnsupportedError
        Format 2 has no shards, no chunks of several shapes, and no name for some codecs and types.
    """
    document = as_document(members)
    metadata = document.array
    if isinstance(metadata, ArrayV2Metadata):
        return dict(document)
    if document.chunk_shape is None:
        raise UnsupportedError("zarr format 2 has no rectilinear chunk grids; give `chunks`")
    codecs = [codec.to_dict() for codec in metadata.codecs]
    rank, order = len(metadata.shape), "C"
    if codecs[0]["name"] == "transpose":
        order = _order(codecs.pop(0), rank)
    kinds = [kind_of_codec(codec) for codec in codecs]
    at = kinds.index(ArrayBytesCodec)
    steps = [to_numcodecs(codec) for codec in codecs if codec["name"] != "bytes"]
    of_objects = codecs[at]["name"] in OBJECTS
    if not of_objects and codecs[at]["name"] != "bytes":
        raise UnsupportedError(f"zarr format 2 has no {codecs[at]['name']!r}; give other codecs")
    has_compressor = len(codecs) - 1 > at
    dtype = _dtype2(metadata, codecs[at])
    attributes = dict(metadata.attributes)
    if metadata.dimension_names is not None:
        attributes[DIMENSIONS] = list(metadata.dimension_names)
    value = dtype.to_json_scalar(document.fill_value, zarr_format=2)
    filters = steps[:-1] if has_compressor else steps
    return {
        "zarr_format": 2,
        "shape": list(metadata.shape),
        "chunks": list(document.chunk_shape),
        "dtype": dtype.to_json(zarr_format=2)["name"],
        "fill_value": value,
        "order": order,
        "filters": filters or None,
        "compressor": steps[-1] if has_compressor else None,
        "dimension_separator": ".",
        "attributes": attributes,
    }


def _order(codec: Any, rank: int) -> str:
    order = list(codec["configuration"]["order"])
    if order == list(range(rank)):
        return "C"
    if order == list(range(rank - 1, -1, -1)):
        return "F"
    raise UnsupportedError(f"zarr format 2 has the orders 'C' and 'F', not {order}; give `filters`")


def _dtype2(metadata: ArrayV3Metadata, serializer: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        native = metadata.data_type.to_native_dtype()
        endian = (serializer.get("configuration") or {}).get("endian")
        if endian == "big":
            native = native.newbyteorder(">")
        if native.hasobject or native.kind == "T":
            spec: Any = {"name": "|O", "object_codec_id": serializer["name"]}
            return get_data_type_from_json(spec, zarr_format=2)
        return type(metadata.data_type).from_native_dtype(native)
