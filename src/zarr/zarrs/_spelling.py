"""Codecs of numcodecs that the extension has, too, in its own spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.abc.numcodec import Numcodec

type Json = dict[str, Any]

BLOSC_SHUFFLES: Final = ("noshuffle", "shuffle", "bitshuffle")

# A level that Python's zlib and gzip take to be this one.
DEFLATE_DEFAULT: Final = -1
DEFLATE_DEFAULT_LEVEL: Final = 6


def native_spelling(codec: Numcodec, item: int) -> Json | None:
    """Return a codec from bytes to bytes as the extension knows it, or `None`.

    Both decode what either has encoded. `item` is the size of the elements that it is given, by
    which blosc arranges their bytes. A codec that was registered in the place of one of
    numcodecs is not that codec.
    """
    if not is_of_numcodecs(codec):
        return None
    config = codec.get_config()
    spell = _SPELLINGS.get(config.pop("id"))
    return None if spell is None else spell(config, item)


def is_of_numcodecs(codec: Numcodec) -> bool:
    """Tell whether a codec is none that was registered in the place of one of numcodecs."""
    return type(codec).__module__.startswith("numcodecs.")


def _zstd(config: Mapping[str, Any], _: int) -> Json | None:
    level = config["level"]
    if not _is_int(level, -131072, 22):
        return None
    return _codec("zstd", level=level, checksum=bool(config.get("checksum", False)))


def _deflate(name: str, config: Mapping[str, Any]) -> Json | None:
    level = config["level"]
    level = DEFLATE_DEFAULT_LEVEL if level == DEFLATE_DEFAULT else level
    return _codec(name, level=level) if _is_int(level, 0, 9) else None


def _bz2(config: Mapping[str, Any], _: int) -> Json | None:
    level = config["level"]
    return _codec("numcodecs.bz2", level=level) if _is_int(level, 1, 9) else None


def _blosc(config: Mapping[str, Any], item: int) -> Json | None:
    shuffle = config["shuffle"]
    typesize = config.get("typesize") or item
    if shuffle == -1:
        shuffle = 2 if typesize == 1 else 1
    # What does not fit c-blosc's own limits is left to it to judge.
    if not (_is_int(shuffle, 0, 2) and _is_int(config["clevel"], 0, 9)):
        return None
    if not _is_int(config["blocksize"], 0, 2**31 - 1):
        return None
    return _codec(
        "blosc",
        cname=config["cname"],
        clevel=config["clevel"],
        shuffle=BLOSC_SHUFFLES[shuffle],
        typesize=typesize if typesize <= 255 else 1,
        blocksize=config["blocksize"],
    )


def _lz4(config: Mapping[str, Any], _: int) -> Json | None:
    acceleration = config["acceleration"]
    if not _is_int(acceleration, -(2**31), 2**31 - 1):
        return None
    return _codec("numcodecs.lz4", acceleration=acceleration)


def _shuffle(config: Mapping[str, Any], _: int) -> Json | None:
    size = config["elementsize"]
    return _codec("numcodecs.shuffle", elementsize=size) if _is_int(size, 1, 2**31 - 1) else None


def _checksum(name: str, config: Mapping[str, Any]) -> Json:
    return _codec(f"numcodecs.{name}", **config)


_SPELLINGS: Final = {
    "adler32": lambda config, _: _checksum("adler32", config),
    "blosc": _blosc,
    "bz2": _bz2,
    "crc32": lambda config, _: _checksum("crc32", config),
    "crc32c": lambda config, _: _checksum("crc32c", config),
    "fletcher32": lambda config, _: _checksum("fletcher32", config),
    "gzip": lambda config, _: _deflate("gzip", config),
    "lz4": _lz4,
    "shuffle": _shuffle,
    "zlib": lambda config, _: _deflate("numcodecs.zlib", config),
    "zstd": _zstd,
}

NATIVE_NUMCODECS: Final = frozenset(_SPELLINGS)
"""The ids of the codecs from bytes to bytes that run without Python."""


def _codec(name: str, **configuration: Any) -> Json:
    return {"name": name, "configuration": configuration}


def _is_int(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
