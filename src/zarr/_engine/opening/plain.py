"""Plain opens: nodes in local files that are found at once, without any coroutine.

Everything else, and every error, is left to zarr's own coroutine.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zarr._engine.keyword.decorators import stamp
from zarr._engine.keyword.members import engine_of_members
from zarr._engine.keyword.requested import asks_engine_alone
from zarr._engine.metadata.opened_with import opened_with
from zarr._engine.metadata.templates import array_metadata
from zarr._engine.opening.stored import Stored, is_consolidated, stored_at
from zarr.core.array import AsyncArray
from zarr.core.group import AsyncGroup, GroupMetadata
from zarr.crud._stores.urls import local_path
from zarr.errors import NodeTypeValidationError
from zarr.storage import LocalStore, StorePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import CoroutineType

PATH: Final = type(Path())
NAMED: Final = re.compile(r"(?!//)[^\s:?#;\\\x00-\x1f]+")
"""A string that is the same path after zarr has read it as a URL."""

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
    if coroutine.__name__ == "getitem":
        return _member(coroutine)
    opens = _OPENS.get(coroutine.__name__)
    if opens is None or coroutine.cr_frame is None:
        return None
    given: dict[str, Any] = coroutine.cr_frame.f_locals.get("kwargs", {})
    others = given.keys() - KEYWORDS
    if others and (
        opens[1] is not _open_group or not others <= UNUSED or not _absent(given, others)
    ):
        return None
    if given.get("storage_options") is not None or given.get("mode") not in MODES:
        return None
    zarr_format = given.get("zarr_format")
    if not (zarr_format is None or (type(zarr_format) is int and zarr_format in (2, 3))):
        return None
    mode = _mode_of(given) if opens[1] is _open else given.get("mode")
    place = _place(given.get("store"), given.get("path"), mode)
    types, made = opens
    stored = None if place is None else stored_at(place, zarr_format, types)
    if place is None or stored is None:
        return None
    # As after a read: the root is there.
    place.store._is_open = True
    return made(place, stored, given.get("config"), mode)


def _open_array(
    place: StorePath, stored: Stored, config: Any, _mode: str | None
) -> AsyncArray[Any] | None:
    if stored.node_type != "array":
        return None
    members: Any = stored.members
    return AsyncArray(metadata=members, store_path=place, config=config)


def _open_group(
    place: StorePath, stored: Stored, _config: Any, mode: str | None
) -> AsyncGroup | None:
    members = stored.members
    if mode is None or stored.node_type != "group":
        return None
    if members["zarr_format"] == 2 and is_consolidated(place):
        return None
    # In the place of a group that it cannot parse, upstream creates one if it may.
    with suppress(KeyError, FileNotFoundError):
        return AsyncGroup.from_dict(place, members)
    return None


def _open(
    place: StorePath, stored: Stored, config: Any, mode: str | None
) -> AsyncArray[Any] | AsyncGroup | None:
    # What upstream cannot parse as an array, it opens as a group.
    with suppress(FileNotFoundError, NodeTypeValidationError):
        array = _open_array(place, stored, config, mode)
        if array is not None:
            return array
        if config is None or asks_engine_alone(config):
            return _open_group(place, stored, config, mode)
    return None


_OPENS: Final[
    Mapping[str, tuple[tuple[str, ...], Callable[..., AsyncArray[Any] | AsyncGroup | None]]]
] = {
    "open": (("array", "group"), _open),
    "open_array": (("array",), _open_array),
    "open_group": (("group",), _open_group),
}
"""The types of nodes that a function looks for in format 2, and what it makes of one."""


def _member(coroutine: CoroutineType[Any, Any, Any]) -> AsyncArray[Any] | AsyncGroup | None:
    """Return the member of a group without consolidated metadata."""
    named = {} if coroutine.cr_frame is None else coroutine.cr_frame.f_locals
    group, key = named.get("self"), named.get("key")
    if type(group) is not AsyncGroup or type(key) is not str:
        return None
    if type(group.store) is not LocalStore or group.metadata.consolidated_metadata is not None:
        return None
    # A path that zarr refuses.
    with suppress(ValueError):
        place = group.store_path / key
        stored = stored_at(place, group.metadata.zarr_format)
        if stored is None or stored.node_type not in ("array", "group"):
            return None
        node: AsyncArray[Any] | AsyncGroup
        with opened_with(engine_of_members(group)):
            members: Any = stored.members
            if stored.node_type == "array":
                node = AsyncArray(array_metadata(members, str(place)), store_path=place)
            else:
                metadata = GroupMetadata.from_dict(members, path=str(place))
                node = AsyncGroup(metadata, store_path=place)
        place.store._is_open = True
        stamp(node, group.member_engine)
        return node
    return None


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
        if type(store) is str and NAMED.fullmatch(store):
            return StorePath(LocalStore(local_path(store), read_only=mode == "r"), path)
        if type(store) is PATH:
            return StorePath(LocalStore(store, read_only=mode == "r"), path)
        if type(store) is not LocalStore:
            return None
        if mode == "r" and not store.read_only:
            return StorePath(store.with_read_only(True), path)
        if mode in (None, "r") or not store.read_only:
            return StorePath(store, path)
    return None
