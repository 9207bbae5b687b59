"""Checks of codecs and fill values that zarr's metadata objects omit."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numcodecs.blosc import Blosc, list_compressors  # type: ignore[import-untyped]

from zarr.codecs.numcodecs._codecs import _NumcodecsCodec
from zarr.codecs.sharding import ShardingCodec
from zarr.core.codec_pipeline import codecs_from_list_unchecked
from zarr.core.dtype.npy.string import VariableLengthUTF8
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud._document.checks import shown, wrong
from zarr.errors import UnknownCodecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zarr.abc.codec import Codec
    from zarr.abc.numcodec import Numcodec
    from zarr.core.metadata.v2 import ArrayV2Metadata

INT: Final = (-(2**31), 2**31 - 1)

NUMBERS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "jenkins_lookup3": {"initval": (0, 2**32 - 1)},
    "lzma": {"format": INT},
    # With one byte or less, or none, it shuffles nothing.
    "shuffle": {"elementsize": (-(2**63), INT[1])},
}
"""Numeric parameters of decoders, and the range of the C integer that holds each.

Parameters that only encoders use are checked before a write; see `_encoding.encoders`.
"""

CHECKSUMS: Final = ("adler32", "crc32", "crc32c")
LOCATIONS: Final = ("start", "end")
"""The position of a checksum relative to the data."""


def check_fill_value(metadata: ArrayV2Metadata | ArrayV3Metadata) -> None:
    """Refuse a fill value that is a list, or half a surrogate pair; some data types accept them."""
    value: Any = metadata.fill_value
    dtype: Any = metadata.dtype
    if isinstance(dtype, VariableLengthUTF8) and value is not None:
        try:
            value.encode()
        except UnicodeEncodeError:
            raise wrong(
                "fill_value", f"is {shown(value)}; half a surrogate pair is not text"
            ) from None
    if np.ndim(value):
        raise wrong("fill_value", f"is {shown(np.asarray(value).tolist())}; use one")


def check_codecs(metadata: ArrayV2Metadata | ArrayV3Metadata) -> None:
    """Refuse codecs that can process no chunk, including those inside shards.

    Raises
    ------
    ValueError, TypeError, DocumentError
        The codecs are in a wrong order, or a codec does not accept its configuration. A codec whose
        package is missing is accepted: other engines may have it.
    """
    if isinstance(metadata, ArrayV3Metadata):
        _check(metadata.codecs)
    else:
        for codec in metadata.filters or ():
            _check_numcodec(codec, "filters")
        if metadata.compressor:
            _check_numcodec(metadata.compressor, "compressor")


def _check(codecs: Iterable[Codec]) -> None:
    codecs = tuple(codecs)
    codecs_from_list_unchecked(codecs)
    for codec in codecs:
        if isinstance(codec, ShardingCodec):
            _check(codec.codecs)
            _check(codec.index_codecs)
        elif isinstance(codec, _NumcodecsCodec):
            _check_configuration(codec)


def lacking_compressor(metadata: ArrayV2Metadata | ArrayV3Metadata) -> str | None:
    """Return the blosc compressor that the codecs use and numcodecs was built without, if any."""
    for codec in all_codecs(metadata):
        if isinstance(codec, _NumcodecsCodec):
            config: Any = codec.codec_config
        else:
            config = {"id": "blosc", "cname": getattr(codec, "cname", None)}
        lacking = missing_compressor(config["id"], config)
        if lacking is not None:
            return lacking
    return None


def all_codecs(metadata: ArrayV2Metadata | ArrayV3Metadata) -> list[Any]:
    """Return the codecs of an array, including those inside shards."""
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
        _check_numcodec(codec._codec, "codecs")


def _check_numcodec(codec: Numcodec, member: str) -> None:
    # Another library may have registered a codec under a name of numcodecs, with other members.
    if type(codec).__module__.startswith("numcodecs."):
        _check_numbers(codec.codec_id, config_of(codec), member)


def _check_numbers(codec: str, config: Mapping[str, Any], member: str) -> None:
    # Codecs check these only when they run, and the C libraries below take integers.
    for name, (least, most) in NUMBERS.get(codec, {}).items():
        value = config.get(name)
        if value is not None and not (isinstance(value, int) and least <= value <= most):
            raise wrong(
                member,
                f"has {shown(value)} as {name} of {codec!r}; use an integer from {least} to {most}",
            )
    location = config.get("location")
    if location not in (None, *LOCATIONS):
        raise wrong(member, f"has {shown(location)} as location of {codec!r}; use 'start' or 'end'")


def config_of(codec: Numcodec) -> dict[str, Any]:
    """The whole configuration of a numcodecs codec; that of blosc omits its typesize."""
    config: dict[str, Any] = dict(codec.get_config())
    if isinstance(codec, Blosc):
        config["typesize"] = getattr(codec, "_typesize", None)
    return config


def missing_compressor(name: str, config: Mapping[str, Any]) -> str | None:
    """Return the blosc compressor that the codec uses and numcodecs was built without, if any."""
    wanted = config.get("cname") if name == "blosc" else None
    return wanted if isinstance(wanted, str) and wanted not in list_compressors() else None
