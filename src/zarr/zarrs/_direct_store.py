"""Documents, lists and deletions in object stores, by the extension's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud.backends import DirectStore, Location
from zarr.storage import FsspecStore, ObjectStore
from zarr.zarrs._extension import extension
from zarr.zarrs._store import forget_lists, handle_of

if TYPE_CHECKING:
    from collections.abc import Buffer, Callable, Sequence

    from zarr.abc.store import Store


def direct_store_of(location: Location) -> DirectStore | None:
    """Return a store that reaches the same values; `None` if the extension does not know how.

    Only exact types are reached directly: a subclass may have changed the meaning of its methods.
    """
    store, path = location
    if type(store) is not ObjectStore and type(store) is not FsspecStore:
        return None
    kind = getattr(extension(), "RemoteStore", None)
    if kind is None:
        return None
    handle = handle_of(store, path)
    # fsspec does not write over HTTP, and has its own way to list.
    if not isinstance(handle, kind) or not handle.is_written:
        return None
    return _RemoteStore(store, handle)


class _RemoteStore(DirectStore):
    """The values of an object store, over connections of our own."""

    def __init__(self, reached: Store, handle: Any) -> None:
        super().__init__(reached)
        self._values = extension().RemoteValues(handle)

    def __reduce__(self) -> tuple[Callable[[Store], Store], tuple[Store]]:
        """Return what another process makes its own client of."""
        return _directly, (self.reached,)

    def get_many(
        self, requests: Sequence[tuple[str, int | None, int | None]]
    ) -> list[bytes | None]:
        """Return the bytes of each request; see `DirectStore.get_many`."""
        found: list[bytes | None] = self._values.get_many(list(requests))
        return found

    def start_get(self, key: str) -> Callable[[], bytes | None]:
        """Request a value; see `DirectStore.start_get`."""
        result: Callable[[], bytes | None] = self._values.start_get(key).result
        return result

    def put(self, key: str, value: Buffer) -> None:
        """Replace a value; see `DirectStore.put`."""
        try:
            self._values.put(key, bytes(value), False)
        finally:
            forget_lists(self.reached)

    def put_absent(self, key: str, value: Buffer) -> bool | None:
        """Store a value if there is none; see `DirectStore.put_absent`."""
        try:
            stored: bool | None = self._values.put(key, bytes(value), True)
        finally:
            forget_lists(self.reached)
        return stored

    def delete_many(self, keys: list[str]) -> None:
        """Delete keys; see `DirectStore.delete_many`."""
        try:
            self._values.delete_many(keys)
        finally:
            forget_lists(self.reached)

    def list_below(self, path: str) -> list[str]:
        """Return all keys below a path; see `DirectStore.list_below`."""
        # The key `a/` of some tools' folders is reported as `a`, which may be another value.
        return _below(path, self._values.list_below(path))

    def list_level(self, path: str) -> tuple[list[str], list[str]]:
        """Return the keys and paths directly below a path; see `DirectStore.list_level`."""
        keys, folders = self._values.list_level(path)
        return _below(path, keys), _below(path, folders)


def _directly(store: Store) -> Store:
    return direct_store_of(Location(store, "")) or store


def _below(path: str, keys: list[str]) -> list[str]:
    return [key for key in keys if key.startswith(f"{path}/")] if path else keys
