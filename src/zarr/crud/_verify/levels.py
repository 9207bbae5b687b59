"""How thorough a check is."""

from __future__ import annotations

from typing import Any, Literal, get_args

from zarr.crud._arguments import is_word, wrong_word

type Level = Literal["list", "index", "decode"]
"""`"list"`: keys, sizes and documents. `"index"`: also the index of each shard. `"decode"`: also
each chunk."""


def checked_level(level: Any) -> Level:
    """Return a level; refuse anything else."""
    words = get_args(Level.__value__)
    if not is_word(level, words):
        raise wrong_word("level", level, words)
    found: Level = level
    return found
