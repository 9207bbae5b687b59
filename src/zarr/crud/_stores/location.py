"""Synchronous access to stores, and the conversion of arguments to a store and a node's path."""

from __future__ import annotations

import os
import re
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.abc.store import Store
from zarr.core.buffer import default_buffer_prototype
from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.core.config import config
from zarr.crud._arguments import shown
from zarr.crud._errors import InvalidPathError, store_name
from zarr.crud._stores.abilities import check_deletes
from zarr.crud._stores.batches import change_each, map_each, read_each
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.direct import DirectStore
from zarr.crud._stores.directories import directory_of
from zarr.crud._stores.event_loop import is_synchronous, on_loop
from zarr.crud._stores.files import read_file, replace, sync_folders
from zarr.crud._stores.forks import check_forked
from zarr.crud._stores.get_value import get_value
from zarr.crud._stores.many_on_loop import change_on_loop, read_on_loop
from zarr.crud._stores.new_value import put_absent
from zarr.crud._stores.store_like import open_store
from zarr.crud._stores.urls import named_store
from zarr.crud._stores.writable import check_writable
from zarr.storage import LocalStore, ObjectStore, StorePath
from zarr.storage._utils import normalize_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zarr.core.buffer import Buffer, BufferPrototype

CPU_BUFFER: Final = "zarr.buffer.cpu.Buffer"

type StoreLike = Any
"""Anything that zarr opens as a store: a store, `StorePath`, path, URL, obstore store or `dict`."""


class Location(NamedTuple):
    """A node's place: a store, and the node's normalised path in it (`""` is the root)."""

    store: Store
    path: str

    def key(self, name: str) -> str:
        """The store key of `name` below this node."""
        return f"{self.path}/{name}" if self.path else name

    def __str__(self) -> str:
        return f"{self.path!r} in {store_name(self.store)}"


# Half a surrogate pair is not text, and only a directory could contain such a name.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_new: Final[Callable[..., Location]] = tuple.__new__


def locate(store: StoreLike, path: str) -> Location:
    """Return the location of the node at `path` in any argument that names a store.

    Raises
    ------
    InvalidPathError
        `path` has a `..`, a `.`, a NUL, or half a surrogate pair.
    TypeError
        `path` is not a string, or `store` does not name a store.
    """
    if _is_store(store.__class__):
        # Bypass the Python-level constructor of the named tuple: every public call comes here.
        return _new(Location, (store, node_path(path)))
    store = named_store(store, None)
    if _is_store(store.__class__):
        return Location(store, node_path(path))
    if isinstance(store, StorePath):
        base = Location(store.store, store.path)
        below = node_path(path)
        return base if not below else Location(base.store, node_path(base.key(below)))
    if isinstance(store, Path):
        return Location(_local(store), node_path(path))
    if type(store).__module__.split(".")[0] == "obstore":
        return Location(ObjectStore(store), node_path(path))
    return locate(open_store(store), path)


@cache
def _is_store(store_type: type[object]) -> bool:
    # `Store` is an abstract base class; `isinstance` costs more than a small cached look-up.
    return issubclass(store_type, Store)


def _local(root: Path) -> LocalStore:
    store = LocalStore(root)
    # Opening the store would create its folder, and a read of a misspelt name must not leave a
    # folder behind. A write creates the folders that it needs.
    store._is_open = True
    return store


def node_path(path: str) -> str:
    """Return `path` without needless slashes; refuse an invalid path."""
    if path.__class__ is str and not path:
        return ""
    if not isinstance(path, str):
        raise TypeError(f"path is {shown(path)}; use a string, such as 'group/array'")
    if "\0" in path:
        raise InvalidPathError(f"the path {path!r} holds a NUL; name a node inside the store")
    if not path.isascii() and _SURROGATE.search(path):
        raise InvalidPathError(
            f"the path {path!r} holds half a surrogate pair; name a node inside the store by text"
        )
    try:
        return normalize_path(path)
    except ValueError as err:
        raise InvalidPathError(
            f"the path {path!r} does not name a node inside the store: {err}"
        ) from err


def store_prototype() -> BufferPrototype:
    """Return the configured buffers for store requests, as on zarr's own path."""
    # Zarr's own look-up costs as much as a small read.
    if config.config["buffer"] == CPU_BUFFER:
        return cpu_buffer_prototype
    return default_buffer_prototype()


def get(store: Store, key: str, prototype: BufferPrototype | None = None) -> Buffer | None:
    """Return the value of `key` in the configured buffer, or `None` if it is absent."""
    prototype = prototype or store_prototype()
    if type(store) is LocalStore:
        data = _contents(store, key)
        return None if data is None else prototype.buffer.from_bytes(data)
    if isinstance(store, DirectStore):
        check_cancelled()
        return store.get_sync(key, prototype=prototype)
    if is_synchronous(store):
        method: Any = store.get_sync  # type: ignore[attr-defined]
        found: list[Buffer | None] = read_each(
            store, partial(method, prototype=prototype), [(key,)]
        )
        return found[0]
    check_forked(store)
    return on_loop(get_value(store, key, prototype))


def get_bytes(store: Store, key: str) -> bytes | None:
    """Return the bytes of a document, or `None` if it is absent: on the CPU, unlike chunks."""
    if type(store) is LocalStore:
        # A buffer would take as long as the file.
        return _contents(store, key)
    stored = get(store, key, cpu_buffer_prototype)
    return None if stored is None else stored.to_bytes()


def _contents(store: LocalStore, key: str) -> bytes | None:
    # The store's own `get` waits forever for a FIFO, and treats a folder as absent.
    check_cancelled()
    store._ensure_open_sync()
    # A string: a new `Path` costs as much as reading a small file.
    return read_file(os.path.join(store.root, key))  # noqa: PTH118


def get_each(store: Store, keys: Sequence[str], prototype: BufferPrototype) -> list[Buffer | None]:
    """Return the values of keys, many at a time; `None` for absent ones."""
    if isinstance(store, DirectStore):
        check_cancelled()
        from_bytes = prototype.buffer.from_bytes
        found = store.get_many([(key, None, None) for key in keys])
        return [None if value is None else from_bytes(value) for value in found]
    if len(keys) == 1 and type(store) is LocalStore:
        return [get(store, keys[0], prototype)]
    if type(store) is LocalStore or is_synchronous(store):
        return map_each(store, lambda key: get(store, key, prototype), keys)
    check_forked(store)
    return read_on_loop(get_value, [(store, key, prototype) for key in keys])


def put(store: Store, key: str, value: bytes | Buffer, *, fsync: bool = False) -> None:
    """Replace the value of `key`. With `fsync`, in a directory, it survives a system crash."""
    local = directory_of(store)
    if local is not None:
        # The store's own `set` does not lock its temporary file, so it would look like a leftover.
        check_cancelled()
        local._ensure_open_sync()
        check_writable(local)
        data = value if isinstance(value, bytes) else value.as_buffer_like()
        replace(local.root / key, data, fsync=fsync)
        if fsync:
            sync_folders([local.root / key], local.root)
        return
    wanted = store_prototype().buffer
    if isinstance(value, wanted):
        buffer = value
    else:
        buffer = wanted.from_bytes(value if isinstance(value, bytes) else value.to_bytes())
    if isinstance(store, DirectStore):
        check_cancelled()
        store.set_sync(key, buffer)
    elif is_synchronous(store):
        change_each(store, store.set_sync, [(key, buffer)])  # type: ignore[attr-defined]
    else:
        check_forked(store)
        change_on_loop(store.set, [(key, buffer)])


def put_new(store: Store, key: str, value: bytes) -> bool:
    """Store a value unless there is one; return whether it was stored.

    Where a store has no such condition, the value is replaced.
    """
    if isinstance(store, DirectStore):
        check_cancelled()
        check_writable(store)
        stored = store.put_absent(key, value)
    else:
        stored = put_absent(store, key, value)
    if stored is None:
        put(store, key, value)
    return stored is not False


def delete(store: Store, key: str) -> None:
    """Delete `key`; it may be absent."""
    delete_keys(store, [key])


def delete_keys(store: Store, keys: Iterable[str]) -> None:
    """Delete keys, many at a time; each may be absent."""
    if isinstance(store, DirectStore):
        check_cancelled()
        store.delete_many(list(keys))
        return
    calls = [(key,) for key in keys]
    check_deletes(store)
    if is_synchronous(store):
        change_each(store, store.delete_sync, calls)  # type: ignore[attr-defined]
    else:
        check_forked(store)
        change_on_loop(store.delete, calls)
