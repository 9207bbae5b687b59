"""All keys below a node with the sizes of their values; nothing is changed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._stores.abilities import check_listed
from zarr.crud._stores.batches import read_each
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.direct import DirectStore
from zarr.crud._stores.event_loop import finish, is_synchronous, on_loop
from zarr.crud._stores.file_locks import ABSENT
from zarr.crud._stores.forks import check_forked
from zarr.crud._stores.link_loops import loop_at
from zarr.crud._stores.local_folders import local_folder
from zarr.crud._stores.many_on_loop import read_on_loop
from zarr.storage import (
    FsspecStore,
    LoggingStore,
    MemoryStore,
    ObjectStore,
    WrapperStore,
    ZipStore,
)
from zarr.storage._memory import ManagedMemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.abc.store import Store
    from zarr.crud._stores.location import Location

_IN_MEMORY: Final = (MemoryStore, ManagedMemoryStore)


def sized_keys(location: Location, loops: list[str] | None = None) -> dict[str, int]:
    """Return the keys at any depth below a location, relative to it and sorted, with their sizes.

    One listing in a directory, in memory, in a ZIP archive, and in stores of obstore and fsspec;
    any other store is asked for the size of each key. Of `loops` see `files_below`.
    """
    store, path = _unwrapped(location.store), location.path
    folder = local_folder(store)
    if isinstance(folder, Path):
        found = dict(files_below(folder / path, loops=loops))
        return dict(sorted(found.items()))
    prefix = f"{path}/" if path else ""
    if type(store) in _IN_MEMORY:
        keys = finish(_collected(store, prefix))
        found = {key: len(value) for key in keys if (value := _value(store, key)) is not None}
    elif type(store) is ZipStore:
        found = _of_archive(store, prefix)
    elif type(store) is ObjectStore:
        check_forked(store)
        found = on_loop(_of_obstore(store, prefix))
    elif type(store) is FsspecStore:
        check_forked(store)
        found = on_loop(_of_fsspec(store, prefix))
    else:
        found = _each(store, prefix)
    check_listed(store, found)
    return {key.removeprefix(prefix): found[key] for key in sorted(found)}


def tells_at_once(store: Store) -> bool:
    """Return whether a store is listed without a request: a directory, in memory, or an archive."""
    store = _unwrapped(store)
    return isinstance(local_folder(store), Path) or type(store) in (*_IN_MEMORY, ZipStore)


def size_at_once(store: Store, key: str) -> int:
    """Return the size of a value now, in a store that `tells_at_once`; 0 if there is none."""
    found: Any = _unwrapped(store)
    folder = local_folder(found)
    if isinstance(folder, Path):
        with suppress(*ABSENT):
            return (folder / key).stat().st_size
        return 0
    if type(found) is ZipStore:
        with suppress(KeyError):
            # Of several entries of one name, this is the last.
            size: int = _archive(found).getinfo(key).file_size
            return size
        return 0
    return len(_value(found, key) or b"")


def lists_sizes(store: Store) -> bool:
    """Return whether one listing has the sizes, and is never that of an earlier time."""
    # Fsspec remembers listings.
    return tells_at_once(store) or type(_unwrapped(store)) is ObjectStore


def files_below(
    folder: Path, most: int | None = None, loops: list[str] | None = None
) -> Iterator[tuple[str, int]]:
    """Yield the files below a folder, as keys relative to it; links are followed, as reads do.

    Links that lead back to a folder above them are added to `loops`, if it is given.

    Raises
    ------
    OverflowError
        There are more than `most` files and folders.
    OSError
        A link leads back to a folder above it, and `loops` is not given.
    """
    root = os.fspath(folder)
    left = sys.maxsize if most is None else most
    waiting = [("", root)]
    while waiting:
        check_cancelled()
        prefix, name = waiting.pop()
        try:
            entries = os.scandir(name)
        except ABSENT:
            # It was deleted meanwhile, or there is no node.
            continue
        with entries:
            for entry in entries:
                left -= 1
                if left < 0:
                    raise OverflowError(f"there are more than {most} files and folders")
                key = f"{prefix}{entry.name}"
                try:
                    # Of a file, which most entries are, nothing else is asked.
                    found = entry.stat()
                except ABSENT:
                    # It was deleted meanwhile, or is a link to nothing.
                    continue
                except OSError:
                    loop = loop_at(root, key)
                    if loop is None:
                        raise
                else:
                    if S_ISREG(found.st_mode):
                        yield key, found.st_size
                        continue
                    if not S_ISDIR(found.st_mode):
                        continue
                    loop = loop_at(root, key) if entry.is_symlink() else None
                if loop is None:
                    waiting.append((f"{key}/", entry.path))
                elif loops is None:
                    raise loop
                else:
                    loops.append(key)


def _unwrapped(store: Store) -> Store:
    if isinstance(store, DirectStore):
        store = store.reached
    # Only these classes: a wrapper of another class may change keys.
    while type(store) in (LoggingStore, WrapperStore):
        store = store._store  # type: ignore[attr-defined]
    return store


async def _collected(store: Store, prefix: str) -> list[str]:
    return [key async for key in store.list_prefix(prefix)]


def _value(store: Any, key: str) -> Any:
    return store.get_sync(key)


def _of_archive(store: Any, prefix: str) -> dict[str, int]:
    # The last of several entries of one name is its value.
    return {
        entry.filename: entry.file_size
        for entry in _entries(store)
        if entry.filename.startswith(prefix) and not entry.is_dir()
    }


def _entries(store: Any) -> list[Any]:
    return list(_archive(store).infolist())


def _archive(store: Any) -> Any:
    if not store._is_open:
        store._sync_open()
    return store._zf


async def _of_obstore(store: Any, prefix: str) -> dict[str, int]:
    import obstore

    found: dict[str, int] = {}
    async for entries in obstore.list(store.store, prefix=prefix or None):
        found.update((entry["path"], entry["size"]) for entry in entries)
    return found


async def _of_fsspec(store: Any, prefix: str) -> dict[str, int]:
    root = store.path.rstrip("/")
    place = f"{root}/{prefix}" if root else prefix
    listed = await store.fs._find(place, detail=True, maxdepth=None, withdirs=False)
    found: dict[str, int] = {}
    for name, entry in listed.items():
        key = name.removeprefix(f"{root}/") if root else name.removeprefix("/")
        size = entry.get("size")
        found[key] = await store.getsize(key) if size is None else int(size)
    return found


def _each(store: Store, prefix: str) -> dict[str, int]:
    if is_synchronous(store):
        keys = on_loop(_collected(store, prefix))
        values: list[Any] = read_each(store, store.get_sync, [(key,) for key in keys])  # type: ignore[attr-defined]
        return {k: len(v) for k, v in zip(keys, values, strict=True) if v is not None}
    check_forked(store)
    keys = on_loop(_collected(store, prefix))
    sizes = read_on_loop(store.getsize, [(key,) for key in keys])
    return dict(zip(keys, sizes, strict=True))


def few_keys(location: Location, most: int) -> dict[str, int] | None:
    """Return what `sized_keys` does, without a request over the network and of at most `most` keys.

    `None` if there are more, or the store would have to be asked.
    """
    store, path = _unwrapped(location.store), location.path
    folder = local_folder(store)
    if isinstance(folder, Path):
        try:
            return dict(sorted(files_below(folder / path, most)))
        except OverflowError:
            return None
    if not tells_at_once(store):
        return None
    return sized_keys(location) if _count(store) <= most else None


def _count(store: Any) -> int:
    return len(_entries(store) if type(store) is ZipStore else store._store_dict)
