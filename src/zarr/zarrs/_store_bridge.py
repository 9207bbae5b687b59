"""The calls that the extension makes to a Python store."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING

from zarr.crud.backends import (
    change_each,
    change_on_loop,
    check_deletes,
    check_forked,
    errors,
    get_part,
    get_part_sync,
    get_tagged,
    is_synchronous,
    read_each,
    read_on_loop,
    store_prototype,
)
from zarr.zarrs._conditional import ConditionalWriter
from zarr.zarrs._feed import StoreFeed, byte_range_of, get_untagged, lent

if TYPE_CHECKING:
    from collections.abc import Buffer as BufferLike
    from typing import Literal

    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer, BufferPrototype
    from zarr.zarrs._feed import Request


class StoreBridge:
    """The calls that the extension makes to a Python store, in batches or through a feed.

    Synchronous methods are used if the store has them: on the caller's thread for a store at hand,
    otherwise in helper threads, many at a time. Without such methods, they are coroutines on
    zarr's event loop, and a call from that loop's own thread raises at once. The bytes that a store
    returns are borrowed; bytes that may change meanwhile are copied once before they are decoded.
    """

    def __init__(self, store: Store) -> None:
        # Weak, because the extension's handle lives as long as the store: see `handle_of`.
        self._store = weakref.ref(store)

    def __str__(self) -> str:
        # The name of the store in errors of the extension.
        return errors.without_secrets(str(self._alive()))

    def get_many(self, requests: list[Request]) -> list[BufferLike | None]:
        """Return the bytes of each request; `None` if the key is absent."""
        store = self._alive()
        prototype = store_prototype()
        calls = [(key, byte_range_of(start, length)) for key, start, length in requests]
        if is_synchronous(store):
            found = read_each(store, partial(_get_sync, store, prototype), calls)
        else:
            check_forked(store)
            found = read_on_loop(partial(_get, store, prototype), calls)
        return [lent(buffer) for buffer in found]

    def get_tagged(
        self, requests: list[Request]
    ) -> tuple[list[BufferLike | None], list[str | None]]:
        """Return the bytes of each request, and the tag of the value that they are of."""
        store = self._alive()
        check_forked(store)
        prototype = store_prototype()
        calls = [
            (store, key, prototype, byte_range_of(start, length)) for key, start, length in requests
        ]
        found = read_on_loop(get_tagged, calls)
        return [lent(b) for b, _ in found], [tag for _, tag in found]

    def feed(self) -> StoreFeed | None:
        """Return what takes values as they arrive; `None` if requests take the caller's time."""
        store = self._alive()
        if is_synchronous(store):
            return None
        check_forked(store)
        return StoreFeed(store, get_untagged)

    def tagged_feed(self) -> StoreFeed:
        """Return the same for a store that tells of which value its answers are."""
        store = self._alive()
        check_forked(store)
        return StoreFeed(store, get_tagged)

    def set_many(self, items: list[tuple[str, bytes]]) -> None:
        """Replace the value of each key."""
        store = self._alive()
        from_bytes = store_prototype().buffer.from_bytes
        calls = [(key, from_bytes(value)) for key, value in items]
        if is_synchronous(store):
            change_each(store, store.set_sync, calls)  # type: ignore[attr-defined]
        else:
            check_forked(store)
            change_on_loop(store.set, calls)

    def conditional(self, locking: Literal["auto", "conditional"]) -> ConditionalWriter:
        """Return what replaces values only if they have not changed; see `offers_conditions`."""
        return ConditionalWriter(self._alive(), locking)

    def delete_many(self, keys: list[str]) -> None:
        """Delete each key; it may be absent."""
        store = self._alive()
        calls = [(key,) for key in keys]
        check_deletes(store)
        if is_synchronous(store):
            change_each(store, store.delete_sync, calls)  # type: ignore[attr-defined]
        else:
            check_forked(store)
            change_on_loop(store.delete, calls)

    def _alive(self) -> Store:
        store = self._store()
        if store is None:
            raise ReferenceError("the store of this handle no longer exists")
        return store


def _get_sync(
    store: Store, prototype: BufferPrototype, key: str, byte_range: ByteRequest | None
) -> Buffer | None:
    return get_part_sync(store, key, prototype, byte_range)


async def _get(
    store: Store, prototype: BufferPrototype, key: str, byte_range: ByteRequest | None
) -> Buffer | None:
    return await get_part(store, key, prototype, byte_range)
