"""Codecs of numcodecs, translated to those of the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.crud.backends import config_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.abc.numcodec import Numcodec

type Json = dict[str, Any]

BLOSC_SHUFFLES: Final = ("noshuffle", "shuffle", "bitshuffle")

BLOSC_CLEVEL: Final = 5
ZSTD_LEAST: Final = -131072
PCODEC_DELTAS: Final = ("auto", "none", "try_consecutive", "try_lookback")

# The level for which Python's zlib and gzip use level 6.
DEFLATE_DEFAULT: Final = -1
DEFLATE_DEFAULT_LEVEL: Final = 6


def translated(codec: Numcodec, item: int) -> Json | None:
    """Return a codec from bytes to bytes in the form that the extension reads, or `None`.

    Each decodes what the other has encoded. Numbers that decoders ignore and no encoder accepts are
    replaced; a write with them is refused earlier. `item` is the size of the input elements, by
    which blosc arranges their bytes. A codec that is registered under a name of numcodecs, but
    comes from elsewhere, is not translated.
    """
    if not is_of_numcodecs(codec):
        return None
    config = config_of(codec)
    translate = _TRANSLATIONS.get(config.pop("id"))
    return None if translate is None else translate(config, item)


def translated_own(codec: Json) -> Json:
    """Return a codec of zarr that the extension has under the same name, in the form it reads.

    Values that decoders ignore are replaced if the extension cannot parse them; a write with them
    is refused earlier, see `zarr.crud._encoding.unwritable`.
    """
    config = codec.get("configuration", {})
    translate = _OWN.get(codec["name"])
    return (
        codec if translate is None else {**codec, "configuration": {**config, **translate(config)}}
    )


def _own_blosc(config: Mapping[str, Any]) -> Json:
    made: Json = {}
    if "clevel" in config:
        made["clevel"] = int(_taken("blosc", "clevel", config["clevel"], BLOSC_CLEVEL))
    if "blocksize" in config:
        # Blosc raises smaller sizes to its minimum, except 0.
        size = int(_taken("blosc", "blocksize", config["blocksize"], 0))
        made["blocksize"] = size if size >= 0 else 1
    if config.get("typesize") is not None:
        made["typesize"] = _typesize(_taken("blosc", "typesize", config["typesize"], 1))
    return made


def _own_zstd(config: Mapping[str, Any]) -> Json:
    if "level" not in config:
        return {}
    # zstd itself raises smaller levels to this one.
    return {"level": max(int(_taken("zstd", "level", config["level"], 0)), ZSTD_LEAST)}


def _own_gzip(config: Mapping[str, Any]) -> Json:
    # Python treats `true` as 1.
    return {"level": int(config["level"])} if "level" in config else {}


def _own_pcodec(config: Mapping[str, Any]) -> Json:
    delta, order = config.get("delta_spec", "auto"), config.get("delta_encoding_order")
    if delta == "auto" and order is not None:
        delta = "try_consecutive"
    made: Json = {"delta_spec": "none" if delta not in PCODEC_DELTAS else delta}
    if order is not None:
        made["delta_encoding_order"] = order if _is_int(order, 0, 7) else 0
    if not _is_int(config.get("level", 0), 0, 12):
        made["level"] = 8
    if "equal_pages_up_to" in config:
        pages = _taken("pcodec", "equal_pages_up_to", config["equal_pages_up_to"], 1)
        made["equal_pages_up_to"] = int(pages)
    for name, word in (("mode_spec", "auto"), ("paging_spec", "equal_pages_up_to")):
        if name in config:
            made[name] = config[name] if config[name] in (word, "classic") else word
    return made


def _taken(codec: str, member: str, value: Any, otherwise: int) -> Any:
    """A number that the encoder accepts, or a replacement."""
    from zarr.crud.backends import is_taken

    return value if is_taken(codec, member, value) else otherwise


def _typesize(size: int) -> int:
    # As blosc treats sizes that do not fit into a byte.
    return int(size) if 1 <= size <= 255 else 1


_OWN: Final = {
    "blosc": _own_blosc,
    "gzip": _own_gzip,
    "numcodecs.pcodec": _own_pcodec,
    "zstd": _own_zstd,
}


def is_of_numcodecs(codec: Numcodec) -> bool:
    """Return whether a codec is numcodecs' own, not one registered in its place."""
    return type(codec).__module__.startswith("numcodecs.")


def _zstd(config: Mapping[str, Any], _: int) -> Json | None:
    level = _taken("zstd", "level", config["level"], 0)
    if not _is_int(level, ZSTD_LEAST, 22):
        return None
    return _codec("zstd", level=level, checksum=bool(config.get("checksum", False)))


def _deflate(name: str, config: Mapping[str, Any]) -> Json | None:
    level = _taken(name.removeprefix("numcodecs."), "level", config["level"], DEFLATE_DEFAULT)
    level = DEFLATE_DEFAULT_LEVEL if level == DEFLATE_DEFAULT else level
    return _codec(name, level=level) if _is_int(level, 0, 9) else None


def _bz2(config: Mapping[str, Any], _: int) -> Json | None:
    level = _taken("bz2", "level", config["level"], 1)
    return _codec("numcodecs.bz2", level=level) if _is_int(level, 1, 9) else None


def _blosc(config: Mapping[str, Any], item: int) -> Json | None:
    shuffle = config["shuffle"]
    typesize = config.get("typesize") or item
    if shuffle == -1:
        shuffle = 2 if typesize == 1 else 1
    if not _is_int(shuffle, 0, 2):
        return None
    members = {"cname": config["cname"], "shuffle": BLOSC_SHUFFLES[shuffle], "typesize": typesize}
    numbers = {"clevel": config["clevel"], "blocksize": config["blocksize"]}
    return translated_own(_codec("blosc", **members, **numbers))


def _lz4(config: Mapping[str, Any], _: int) -> Json | None:
    acceleration = _taken("lz4", "acceleration", config["acceleration"], 1)
    if not _is_int(acceleration, -(2**31), 2**31 - 1):
        return None
    return _codec("numcodecs.lz4", acceleration=acceleration)


def _shuffle(config: Mapping[str, Any], _: int) -> Json | None:
    size = config["elementsize"]
    return _codec("numcodecs.shuffle", elementsize=size) if _is_int(size, 1, 2**31 - 1) else None


def _checksum(name: str, config: Mapping[str, Any]) -> Json:
    return _codec(f"numcodecs.{name}", **config)


_TRANSLATIONS: Final = {
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

NATIVE_NUMCODECS: Final = frozenset(_TRANSLATIONS)
"""The ids of the codecs from bytes to bytes that run without Python."""


def _codec(name: str, **configuration: Any) -> Json:
    return {"name": name, "configuration": configuration}


def _is_int(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
