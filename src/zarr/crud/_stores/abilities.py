"""What file systems of fsspec cannot do. Some do nothing then, without an error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from zarr.crud._errors import UnsupportedError, store_name
from zarr.storage import FsspecStore, WrapperStore

if TYPE_CHECKING:
    from collections.abc import Collection

    from zarr.abc.store import Store


def check_puts(store: Store) -> None:
    """Refuse a store whose file system cannot store values.

    Raises
    ------
    UnsupportedError
        The file system has no method for it.
    """
    if not _has_any(_file_system(store), "_pipe_file"):
        raise UnsupportedError(
            f"{store_name(store)} is not changed: its file system cannot store values; write to "
            "them where the server keeps them"
        )


def check_deletes(store: Store) -> None:
    """Refuse a store whose file system cannot delete values, such as that of HTTP.

    Raises
    ------
    UnsupportedError
        The file system has no method for it.
    """
    if not _has_any(_file_system(store), "_rm_file", "_rm"):
        raise UnsupportedError(
            f"{store_name(store)} is not changed: its file system cannot delete values; delete "
            "them where the server keeps them, or write fill values with write_empty_chunks"
        )


def check_listed(store: Store, names: Collection[str]) -> None:
    """Refuse an empty list of a web server, which has no pages with links, below a stored node.

    Raises
    ------
    UnsupportedError
        Nothing was listed, not even the document of the node.
    """
    if names:
        return
    file_system = _file_system(store)
    module = sys.modules.get("fsspec.implementations.http")
    if module is not None and isinstance(file_system, module.HTTPFileSystem):
        raise UnsupportedError(
            f"the keys of {store_name(store)} cannot be listed: the server sends no page with "
            "links to them; name the nodes, or use consolidated metadata"
        )


def _file_system(store: Store) -> Any:
    while isinstance(store, WrapperStore):
        store = store._store
    file_system: Any = store.fs if isinstance(store, FsspecStore) else None
    while type(file_system).__name__ == "DirFileSystem":
        file_system = file_system.fs
    return file_system


def _has_any(file_system: Any, *names: str) -> bool:
    """Whether a file system of coroutines has one of these methods itself."""
    module = sys.modules.get("fsspec.asyn")
    if module is None or not isinstance(file_system, module.AsyncFileSystem):
        # Others raise errors of their own.
        return True
    base = vars(module.AsyncFileSystem)
    return any(
        name in vars(file_system) or getattr(type(file_system), name, None) is not base.get(name)
        for name in names
    )
