"""One codec in both formats: as zarr format 3 spells it, and as numcodecs does for format 2.

Only codecs whose stored bytes are equal are converted. The others have no spelling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.crud._arguments import shown
from zarr.crud._errors import UnsupportedError
from zarr.registry import get_codec_class

if TYPE_CHECKING:
    from collections.abc import Mapping

type CodecMembers = dict[str, Any]

SHUFFLES: Final = ("noshuffle", "shuffle", "bitshuffle")

OBJECTS: Final = ("vlen-utf8", "vlen-bytes")
"""Filters of format 2 that turn objects into bytes; in format 3 they take the place of `bytes`."""

_PREFIX: Final = "numcodecs."


def from_numcodecs(config: Mapping[str, Any], itemsize: int) -> CodecMembers:
    """Return the codec of format 3 that stores the same bytes as one of numcodecs.

    Raises
    ------
    UnsupportedError
        Format 3 has no name for it, or for one of its parameters.
    """
    members = dict(config)
    name = members.pop("id")
    if name in OBJECTS:
        return {"name": name, "configuration": {}}
    if name == "blosc":
        return {"name": "blosc", "configuration": _blosc(members, itemsize)}
    if name == "zstd":
        checksum = bool(members.get("checksum", False))
        return _named("zstd", level=members.get("level", 0), checksum=checksum)
    if name == "gzip":
        return _named("gzip", level=members.get("level", 1))
    if name == "crc32c" and members.get("location", "end") == "end":
        return {"name": "crc32c"}
    try:
        get_codec_class(f"{_PREFIX}{name}")
    except Exception as err:
        raise UnsupportedError(
            f"zarr format 3 has no name for the codec {name!r} of format 2; give other codecs"
        ) from err
    return {"name": f"{_PREFIX}{name}", "configuration": members}


def _named(name: str, **configuration: Any) -> CodecMembers:
    return {"name": name, "configuration": configuration}


def _blosc(members: Mapping[str, Any], itemsize: int) -> CodecMembers:
    shuffle = members.get("shuffle", 1)
    if not isinstance(shuffle, int) or not -1 <= shuffle < len(SHUFFLES):
        raise UnsupportedError(
            f"the codec 'blosc' has the shuffle {shown(shuffle)}, which nothing decodes; use -1, "
            "0, 1 or 2, or give other codecs"
        )
    if shuffle == -1:
        # As numcodecs resolves its automatic choice.
        shuffle = 2 if itemsize == 1 else 1
    return {
        "typesize": max(1, itemsize),
        "cname": members.get("cname", "lz4"),
        "clevel": members.get("clevel", 5),
        "shuffle": SHUFFLES[shuffle],
        "blocksize": members.get("blocksize", 0),
    }


def to_numcodecs(codec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the codec of numcodecs that stores the same bytes as one of format 3.

    Raises
    ------
    UnsupportedError
        There is none that is known.
    """
    name, members = codec["name"], dict(codec.get("configuration") or {})
    if name in OBJECTS:
        return {"id": name}
    if name == "blosc":
        members.pop("typesize", None)
        members["shuffle"] = SHUFFLES.index(members["shuffle"])
        return {"id": "blosc", **members}
    if name == "zstd":
        kept = {} if not members.get("checksum") else {"checksum": True}
        return {"id": "zstd", "level": members["level"], **kept}
    if name == "gzip":
        return {"id": "gzip", **members}
    if name == "crc32c":
        return {"id": "crc32c", "location": "end"}
    if name.startswith(_PREFIX):
        return {"id": name.removeprefix(_PREFIX), **members}
    raise UnsupportedError(
        f"zarr format 2 has no name for the codec {name!r}; give other codecs, or keep format 3"
    )
