"""Plain opens: nodes of format 3 in local files that are found at once, without any coroutine.

Everything else, and every error, is left to zarr's own coroutine.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zarr._engine.keyword.requested import asks_engine_alone
from zarr._engine.opening.files import contents_of
from zarr.core.array import AsyncArray
from zarr.core.group import AsyncGroup
from zarr.errors import NodeTypeValidationError
from zarr.storage import LocalStore, StorePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import CoroutineType

PATH: Final = type(Path())
NAMED: Final = re.compile(r"(?!//)[^\s:?#;\\\x00-\x1f]+")
"""A string that is the same path after zarr has read it as a URL."""

OTHERS: Final = (".zarray", ".zgroup", ".zattrs", ".zmetadata")
"""Documents beside which zarr does more than read `zarr.json`."""

KEYWORDS: Final = frozenset({"store", "path", "mode", "zarr_format", "storage_options", "config"})
UNUSED: Final = frozenset(
    {
        *("cache_attrs", "synchronizer", "chunk_store", "meta_array"),
        *("attributes", "use_consolidated"),
    }
)
"""Other keywords of `open_group`, all of which are `None` in a plain open."""

MODES: Final = frozenset({None, "r", "r+", "a"})


def opened(coroutine: CoroutineType[Any, Any, Any]) -> AsyncArray[Any] | AsyncGroup | None:
    """Return the node that a coroutine would open, if it is there; `None` if it must run."""
    opens = _OPENS.get(coroutine.__name__)
    if opens is None or coroutine.cr_frame is None:
        return None
    given: dict[str, Any] = coroutine.cr_frame.f_locals.get("kwargs", {})
    others = given.keys() - KEYWORDS
    if others and (opens is not _open_group or not others <= UNUSED or not _absent(given, others)):
        return None
    if given.get("storage_options") is not None or given.get("mode") not in MODES:
        return None
    zarr_format = given.get("zarr_format")
    if zarr_format is not None and zarr_format != 3:
        return None
    mode = _mode_of(given) if opens is _open else given.get("mode")
    place = _place(given.get("store"), given.get("path"), mode)
    members = None if place is None else _members(place, alone=zarr_format is None)
    if place is None or members is None:
        return None
    # As after a read: the root is there.
    place.store._is_open = True
    return opens(place, members, given.get("config"), mode)


def _open_array(
    place: StorePath, members: dict[str, Any], config: Any, _mode: str | None
) -> AsyncArray[Any] | None:
    if members.get("node_type") != "array":
        return None
    stored: Any = members
    return AsyncArray(metadata=stored, store_path=place, config=config)


def _open_group(
    place: StorePath, members: dict[str, Any], _config: Any, mode: str | None
) -> AsyncGroup | None:
    if mode is None or members.get("node_type") != "group":
        return None
    # In the place of a group that it cannot parse, upstream creates one if it may.
    with suppress(KeyError, FileNotFoundError):
        return AsyncGroup.from_dict(place, members)
    return None


def _open(
    place: StorePath, members: dict[str, Any], config: Any, mode: str | None
) -> AsyncArray[Any] | AsyncGroup | None:
    # What upstream cannot parse as an array, it opens as a group.
    with suppress(FileNotFoundError, NodeTypeValidationError):
        array = _open_array(place, members, config, mode)
        if array is not None:
            return array
        if config is None or asks_engine_alone(config):
            return _open_group(place, members, config, mode)
    return None


_OPENS: Final[Mapping[str, Callable[..., AsyncArray[Any] | AsyncGroup | None]]] = {
    "open": _open,
    "open_array": _open_array,
    "open_group": _open_group,
}


def _absent(given: Mapping[str, Any], names: Iterable[str]) -> bool:
    return all(given[name] is None for name in names)


def _mode_of(given: Mapping[str, Any]) -> str:
    mode, store = given.get("mode"), given.get("store")
    if mode is None:
        return "r" if isinstance(store, (LocalStore, StorePath)) and store.read_only else "a"
    return str(mode)


def _place(store: Any, path: Any, mode: str | None) -> StorePath | None:
    """Return the place that zarr would open, if it is one of local files."""
    path = "" if path is None else path
    if type(path) is not str:
        return None
    # A path that zarr refuses.
    with suppress(ValueError):
        if type(store) is StorePath:
            return store / path if type(store.store) is LocalStore else None
        if type(store) is PATH or (type(store) is str and NAMED.fullmatch(store)):
            return StorePath(LocalStore(store, read_only=mode == "r"), path)
        if type(store) is not LocalStore:
            return None
        if mode == "r" and not store.read_only:
            return StorePath(store.with_read_only(True), path)
        if mode in (None, "r") or not store.read_only:
            return StorePath(store, path)
    return None


def _members(place: StorePath, *, alone: bool) -> dict[str, Any] | None:
    """Return a document of format 3; with `alone`, only if nothing of format 2 is beside it."""
    root: Any = getattr(place.store, "root", None)
    folder = f"{root}/{place.path}" if place.path else str(root)
    try:
        members = json.loads(contents_of(f"{folder}/zarr.json"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(members, dict) or members.get("zarr_format") != 3:
        return None
    if alone and any(os.access(f"{folder}/{other}", os.F_OK) for other in OTHERS):
        return None
    return members
