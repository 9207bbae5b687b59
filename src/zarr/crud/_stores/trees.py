"""All keys below a node: list them, or delete them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from zarr.abc.store import Store
from zarr.crud._stores.abilities import check_deletes, check_listed
from zarr.crud._stores.cancellation import check_cancelled, current
from zarr.crud._stores.direct import DirectStore
from zarr.crud._stores.event_loop import finish, on_loop
from zarr.crud._stores.forks import check_forked
from zarr.crud._stores.leftovers import remove_among
from zarr.crud._stores.location import Location, delete_keys
from zarr.crud._stores.many_on_loop import change_on_loop
from zarr.crud._stores.sized_keys import files_below
from zarr.storage import LocalStore, MemoryStore, ObjectStore
from zarr.storage._memory import ManagedMemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator
    from pathlib import Path

# The implementations of `delete_dir` that list the keys and delete each.
_KEY_BY_KEY: Final = {Store.delete_dir, ObjectStore.delete_dir}


def delete_tree(location: Location) -> None:
    """Delete every key at and below the location's path."""
    store, path = location
    check_cancelled()
    # The synchronous interface of stores cannot delete a tree. These exact types need no event loop
    # for it. A subclass may have changed deletion, so its own method is called.
    if type(store) is LocalStore:
        _delete_local_tree(store.root, path)
    elif type(store) in (MemoryStore, ManagedMemoryStore):
        finish(store.delete_dir(path))
    elif isinstance(store, DirectStore):
        store.delete_many(store.list_below(path))
    elif type(store).delete_dir in _KEY_BY_KEY and store.supports_deletes:
        # Delete each key here, many at a time, so that the deletion can be ended between two keys.
        prefix = f"{path}/" if path else ""
        delete_keys(store, _collected(store, lambda: store.list_prefix(prefix)))
    else:
        check_forked(store)
        check_deletes(store)
        change_on_loop(store.delete_dir, [(path,)])


def as_it_is(location: Location) -> Location:
    """Return the same place, in a store in which a listing removes no leftovers."""
    store, path = location
    if type(store) is not LocalStore or store.read_only:
        return location
    made = LocalStore(store.root, read_only=True)
    # Opening it would refuse a folder that does not exist yet.
    made._is_open = True
    return Location(made, path)


def list_names(location: Location) -> list[str]:
    """Return the names of the keys and prefixes directly below the location, sorted.

    Each is returned once, also if a store has a key and keys below it.
    """
    store, path = location
    if type(store) is LocalStore:
        folder = store.root / path
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        if not store.read_only:
            remove_among(folder, names)
        return sorted(names)
    names = sorted(set(_collected(store, lambda: store.list_dir(path))))
    check_listed(store, names)
    return names


def list_prefixes(location: Location) -> list[str]:
    """Return the names directly below the location that may have keys below them, sorted.

    These are all names, unless the store tells keys from prefixes.
    """
    store, path = location
    if not isinstance(store, DirectStore):
        return list_names(location)
    check_cancelled()
    _, folders = store.list_level(path)
    return sorted(folder.removeprefix(f"{path}/" if path else "") for folder in folders)


def list_keys(location: Location, *, follows_links: bool = False) -> list[str]:
    """Return the keys at any depth below the location, relative to it, sorted.

    Reads follow links to folders. A list of what is deleted must not; it has no `follows_links`.
    """
    store, path = location
    prefix = f"{path}/" if path else ""
    if type(store) is LocalStore:
        folder = store.root / path
        if follows_links:
            keys = [key for key, _ in files_below(folder, loops=[])]
        else:
            files = (entry for entry in _checking(folder.rglob("*")) if entry.is_file())
            keys = [entry.relative_to(folder).as_posix() for entry in files]
        if not store.read_only:
            remove_among(folder, keys)
        return sorted(keys)
    keys = _collected(store, lambda: store.list_prefix(prefix))
    check_listed(store, keys)
    return sorted(key.removeprefix(prefix) for key in keys)


def _checking[T](items: Iterable[T]) -> Iterator[T]:
    for item in items:
        check_cancelled()
        yield item


def _collected(store: Store, list_them: Callable[[], AsyncIterator[str]]) -> list[str]:
    # Some stores begin to list when the iterator is made, and need the loop for that.
    async def collect() -> list[str]:
        return [key async for key in list_them()]

    if type(store) in (MemoryStore, ManagedMemoryStore):
        return finish(collect())
    if isinstance(store, DirectStore):
        check_cancelled()
        return finish(collect())
    check_forked(store)
    return on_loop(collect())


def _delete_local_tree(root: Path, path: str) -> None:
    # Keep the root itself: it may be a mount point, or a link that the user made.
    targets = [root / path] if path else list(root.iterdir()) if root.is_dir() else []
    for target in targets:
        if target.is_dir() and not target.is_symlink():
            _delete_folder(target)
        else:
            target.unlink(missing_ok=True)


def _delete_folder(folder: Path) -> None:
    """Delete a folder as `shutil.rmtree` does, and stop between two files if cancelled."""
    if current() is None:
        shutil.rmtree(folder)
        return
    with os.scandir(folder) as entries:
        for entry in _checking(list(entries)):
            if entry.is_dir(follow_symlinks=False):
                _delete_folder(folder / entry.name)
            else:
                (folder / entry.name).unlink()
    folder.rmdir()
