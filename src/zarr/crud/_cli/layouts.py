"""Chunks, shards and codecs, as arguments of a command."""

from __future__ import annotations

import re
from typing import Any, Final

from zarr.crud._cli.failures import UsageError
from zarr.crud._cli.options import parsed as options_of
from zarr.errors import UnknownCodecError
from zarr.registry import get_codec_class

# Not one in a list, such as `order=[1,0]`.
_COMMA: Final = re.compile(r",(?![^\[]*\])")


def lengths(text: str | None, flag: str) -> tuple[int, ...] | None:
    """Return the lengths of a chunk.

    >>> lengths("100,200", "--chunks"), lengths("64", "--chunks"), lengths(None, "--chunks")
    ((100, 200), (64,), None)

    Raises
    ------
    UsageError
        They are not numbers above 0.
    """
    if text is None:
        return None
    parts = text.replace("x", ",").split(",")
    if not all(part.strip().isdecimal() and int(part) for part in parts):
        raise UsageError(f"{flag} takes lengths above 0, such as {flag} 100,200; not {text!r}")
    return tuple(int(part) for part in parts)


def shards(text: str | None) -> tuple[int, ...] | bool | None:
    """Return the lengths of a shard; false for none.

    >>> shards("none"), shards("8,8"), shards(None)
    (False, (8, 8), None)
    """
    return False if text == "none" else lengths(text, "--shards")


def codecs(given: list[str], flag: str) -> list[Any] | None:
    """Return codecs of format 3; an empty list for none, and `None` if none are given.

    >>> [found] = codecs(["zstd:level=5,checksum=true"], "--compressor")
    >>> found.to_dict()
    {'name': 'zstd', 'configuration': {'level': 5, 'checksum': True}}
    >>> codecs(["none"], "--compressor"), codecs([], "--compressor")
    ([], None)

    Raises
    ------
    UsageError
        A codec is not of this form, unknown, or does not take its configuration.
    """
    if given == ["none"]:
        return []
    return [_codec(text, flag) for text in given] or None


def _codec(text: str, flag: str) -> Any:
    name, colon, settings = text.partition(":")
    if not name or name == "none":
        raise UsageError(f"{flag} takes a codec, such as {flag} zstd:level=5, or 'none' alone")
    members = options_of(_COMMA.split(settings), f"{flag} {name}:") if colon else {}
    try:
        return get_codec_class(name).from_dict({"name": name, "configuration": members})
    except UnknownCodecError:
        raise UsageError(f"{flag} {text}: there is no codec named {name!r}") from None
    except (TypeError, ValueError) as err:
        raise UsageError(f"{flag} {text}: {err}") from err
