"""What zarr's metadata objects do not check until a chunk is there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numcodecs.blosc import list_compressors  # type: ignore[import-untyped]

from zarr.codecs.numcodecs._codecs import _NumcodecsCodec
from zarr.codecs.sharding import ShardingCodec
from zarr.core.codec_pipeline import codecs_from_list_unchecked
from zarr.core.dtype.npy.string import VariableLengthUTF8
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud._document_checks import shown, wrong
from zarr.errors import UnknownCodecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zarr.abc.codec import Codec
    from zarr.core.metadata.v2 import ArrayV2Metadata

_NUMBERS: Final = frozenset({"acceleration", "blocksize", "clevel", "elementsize", "level"})


def check_fill_value(metadata: ArrayV2Metadata | ArrayV3Metadata) -> None:
    """Refuse several values for one, and half a surrogate pair, which some data types take."""
    value: Any = metadata.fill_value
    dtype: Any = metadata.dtype
    if isinstance(dtype, VariableLengthUTF8) and value is not None:
        try:
            value.encode()
        except UnicodeEncodeError:
            raise wrong(
                "fill_value", f"is {shown(value)}; half a surrogate pair is no text"
            ) from None
    if np.ndim(value):
        raise wrong("fill_value", f"is {shown(np.asarray(value).tolist())}; use one")


def check_codecs(metadata: ArrayV2Metadata | ArrayV3Metadata) -> None:
    """Refuse codecs that no chunk can go through, those within shards included.

    Raises
    ------
    ValueError, TypeError, DocumentError
        Codecs in a wrong order, or a configuration that the codec does not take. A codec whose
        package is missing is fine: other engines may have it.
    """
    if isinstance(metadata, ArrayV3Metadata):
        _check(metadata.codecs)
    else:
        for codec in metadata.filters or ():
            _check_numbers(codec.get_config(), "filters")
        if metadata.compressor:
            _check_numbers(metadata.compressor.get_config(), "compressor")


def _check(codecs: Iterable[Codec]) -> None:
    codecs = tuple(codecs)
    codecs_from_list_unchecked(codecs)
    for codec in codecs:
        if isinstance(codec, ShardingCodec):
            _check(codec.codecs)
            _check(codec.index_codecs)
        elif isinstance(codec, _NumcodecsCodec):
            _check_configuration(codec)


def missing_compressor(metadata: ArrayV2Metadata | ArrayV3Metadata) -> str | None:
    """Return a compressor of blosc that numcodecs is built without, if the codecs ask for one."""
    known = list_compressors()
    for codec in _all(metadata):
        if isinstance(codec, _NumcodecsCodec):
            name = codec.codec_config.get("cname")
        else:
            name = getattr(codec, "cname", None)
        if isinstance(name, str) and name not in known:
            return name
    return None


def _all(metadata: ArrayV2Metadata | ArrayV3Metadata) -> list[Any]:
    if isinstance(metadata, ArrayV3Metadata):
        return list(_with_inner(metadata.codecs))
    return [*(metadata.filters or ()), *([metadata.compressor] if metadata.compressor else ())]


def _with_inner(codecs: Iterable[Codec]) -> Iterator[Codec]:
    for codec in codecs:
        yield codec
        if isinstance(codec, ShardingCodec):
            yield from _with_inner(codec.codecs)


def _check_configuration(codec: _NumcodecsCodec) -> None:
    with suppress(UnknownCodecError, ImportError):
        _check_numbers(codec._codec.get_config(), "codecs")


def _check_numbers(config: Mapping[str, Any], member: str) -> None:
    # The codecs of numcodecs look at these when they encode, and the libraries below take an `int`.
    for name in _NUMBERS & config.keys():
        value = config[name]
        if value is not None and not (isinstance(value, int) and -(2**31) <= value < 2**31):
            codec = config["id"]
            raise wrong(member, f"has {shown(value)} as {name} of {codec!r}; use a small integer")
