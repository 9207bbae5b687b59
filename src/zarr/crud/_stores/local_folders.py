"""The local folder that a store keeps its values in, also if only its own methods may be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zarr.abc.store import Store
from zarr.crud._stores.directories import as_directory
from zarr.storage import FsspecStore, LocalStore, LoggingStore, ObjectStore, WrapperStore

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAME_KEYS: Final = (LoggingStore, WrapperStore)
_PROTOCOLS: Final = {"file", "local"}


def local_folder(store: Store) -> Path | str | None:
    """Return the folder in which the value of each key of a store is the file of that name.

    A text says why that cannot be told of a store that may be on the local file system. `None`: the
    store is elsewhere.
    """
    local = as_directory(store)
    if isinstance(local, LocalStore):
        return local.root
    if isinstance(store, LocalStore):
        return f"a {type(store).__name__} may have other names for its files"
    if isinstance(store, FsspecStore):
        return _of_fsspec(store)
    if isinstance(store, ObjectStore):
        return _of_obstore(store)
    inner = getattr(store, "_store", None)
    if not isinstance(inner, Store):
        return None
    found = local_folder(inner)
    if found is None or type(store) in _SAME_KEYS:
        return found
    return f"a {type(store).__name__} may have other keys than the store in it"


def _of_fsspec(store: Any) -> Path | str | None:
    systems = list(_file_systems(store.fs))
    if not any(_is_local(each) for each in systems):
        return None
    from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
    from fsspec.implementations.local import LocalFileSystem

    if [type(each) for each in systems] != [AsyncFileSystemWrapper, LocalFileSystem]:
        return f"its file system is a {type(systems[0]).__name__} over local files"
    return Path(LocalFileSystem._strip_protocol(store.path)).absolute()


def _file_systems(outer: Any) -> Iterator[Any]:
    """Yield a file system of fsspec, and those that it is made of."""
    seen: list[Any] = []
    while outer is not None and not any(outer is each for each in seen):
        seen.append(outer)
        yield outer
        held = vars(outer) if hasattr(outer, "__dict__") else {}
        outer = held.get("sync_fs") or held.get("fs")


def _is_local(system: Any) -> bool:
    protocol = getattr(system, "protocol", ())
    names = {protocol} if isinstance(protocol, str) else {*protocol}
    return bool(names & _PROTOCOLS) or type(system).__name__ == "LocalFileSystem"


def _of_obstore(store: Any) -> Path | str | None:
    inner = store.store
    if not any(each.__name__ == "LocalStore" for each in type(inner).__mro__):
        return None
    root = getattr(inner, "prefix", None)
    if type(inner).__name__ != "LocalStore" or root is None:
        return "its store of obstore does not tell its folder"
    return Path(os.fspath(root)).absolute()
