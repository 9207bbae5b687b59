"""Stores as the extension accesses them: a directory directly, any other store through Python."""

from __future__ import annotations

import os
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from zarr.crud.backends import (
    as_directory,
    change_each,
    change_on_loop,
    check_deletes,
    check_forked,
    check_off_loop,
    errors,
    get_part,
    get_part_sync,
    get_tagged,
    gives_etags,
    is_immutable,
    is_synchronous,
    key_locks,
    offers_conditions,
    place_of,
    read_each,
    read_on_loop,
    store_prototype,
)
from zarr.storage import FsspecStore, LocalStore, ObjectStore, ZipStore
from zarr.zarrs._conditional import ConditionalWriter
from zarr.zarrs._extension import extension
from zarr.zarrs._feed import StoreFeed, byte_range_of, get_untagged, lent
from zarr.zarrs._remote import NotNativeError, has_any, native, settings_of
from zarr.zarrs._zip_store import native_archive

if TYPE_CHECKING:
    from collections.abc import Buffer as BufferLike

    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer, BufferPrototype
    from zarr.zarrs._feed import Request


class Access(NamedTuple):
    """How a store is used."""

    handle: Any
    how: str
    odd: frozenset[str] = frozenset()
    """Characters of paths that its file system does not take for themselves."""
    is_remote: bool = False
    """Whether the extension itself waits for it over the network."""
    is_final: bool = True
    """Whether the reason against a native handle holds for as long as the store lives."""


handles: dict[int, tuple[weakref.ref[Store], Access, tuple[object, ...]]] = {}
"""By the `id` of a store: the store, how it was used last, and where it was."""


def handle_of(store: Store, path: str = "", *, waits: bool = True) -> Any:
    """Return the extension's handle of a store, the same one for as long as the store lives.

    Only exact types are accessed without Python: a subclass may have changed the meaning of `get`
    and `set`. The handle does not keep the store alive. The path is that of the node to be used,
    and `waits` says whether the calling thread waits for the store.

    Raises
    ------
    zarr.core.sync.SyncError
        It is waited for over the network, and this is the thread of zarr's event loop: all other
        stores, and perhaps its own credentials, would wait, too.
    """
    access = _access(store)
    if waits and access.is_remote:
        check_off_loop()
    is_odd = access.odd and has_any(access.odd, path)
    return access.handle.bridged if is_odd else access.handle


def is_made(store: Store) -> bool:
    """Return whether the next call needs no new handle, for which botocore may take long."""
    if type(store) is not ObjectStore and type(store) is not FsspecStore:
        return True
    entry = handles.get(id(store))
    return entry is not None and entry[0]() is store and _are_same(entry[2], _place(store))


def access_of(store: Store) -> str:
    """Return how a store is used: natively, or through Python and why. Nothing is sent."""
    return _NATIVELY if type(store) is LocalStore else _access(store).how


def _access(store: Store) -> Access:
    key = id(store)
    entry = handles.get(key)
    if entry is not None and entry[0]() is store and _are_same(entry[2], _place(store)):
        return entry[1]
    place = _place(store)
    made = _make(store)
    if made.is_final and is_kept(store):
        # A local variable: at interpreter exit, module globals vanish before the last store.
        forget = handles.pop
        reference = weakref.ref(store, lambda _: forget(key, None))
        handles[key] = (reference, made, place)
    return made


def _place(store: Store) -> tuple[object, ...]:
    """Return what says where the values are."""
    if type(store) is FsspecStore:
        return store.fs, store.path
    return (store.store if type(store) is ObjectStore else place_of(store),)


def _are_same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return all(a is b for a, b in zip(one, other, strict=True))


def is_kept(store: Store) -> bool:
    """Whether later calls can use a handle: a relative root depends on the working directory."""
    return not (type(store) is LocalStore and not store.root.is_absolute())


def can_be_kept(store: Store, path: str) -> bool:
    """Whether a reader may keep the handle of a node: it is the same at every call."""
    if type(store) is LocalStore:
        return is_kept(store)
    access = _access(store)
    return access.is_final and not has_any(access.odd, path)


def is_remote(store: Store) -> bool:
    """Return whether the extension itself waits for a store over the network."""
    return type(store) is not LocalStore and _access(store).is_remote


def has_conditions(store: Store, path: str) -> bool:
    """Return whether the extension itself puts values of a node under conditions."""
    kind = getattr(extension(), "RemoteStore", None)
    handle = handle_of(store, path, waits=False)
    return kind is not None and isinstance(handle, kind) and handle.has_conditions


def forget_lists(store: Store) -> None:
    """Make a file system forget what it has listed, after a change that it may not know of."""
    if type(store) is FsspecStore:
        store.fs.invalidate_cache()


def after_write(store: Store) -> None:
    """Forget lists after a write of chunks, if the file system itself has not written them."""
    if type(store) is FsspecStore and access_of(store) == _NATIVELY:
        forget_lists(store)


_NATIVELY: Final = "natively"


def _make(store: Store) -> Access:
    local = as_directory(store)
    if isinstance(local, LocalStore):
        local._ensure_open_sync()
        root = os.fsencode(local.root.absolute())
        made = extension().FilesystemStore(root, read_only=store.read_only, locks=key_locks.held)
        return Access(made, _NATIVELY)
    bridged = extension().PythonStore(
        StoreBridge(store),
        read_only=store.read_only,
        locks=key_locks.held,
        prefix=key_locks.prefix_of(store),
        values=_values_of(store),
        has_conditions=offers_conditions(store),
    )
    if type(store) is ZipStore:
        made = native_archive(store, bridged)
        # An archive is opened by the store's first own use.
        return Access(made, _NATIVELY) if made is not bridged else _bridged_archive(store, made)
    try:
        if isinstance(local, str):
            raise NotNativeError(local)  # noqa: TRY301
        settings = settings_of(store)
        made = native(settings, bridged)
    except NotNativeError as reason:
        return Access(bridged, f"through Python: {reason}", is_final=reason.is_final)
    return Access(made, _NATIVELY, settings.odd, is_remote=True)


def _bridged_archive(store: ZipStore, handle: Any) -> Access:
    reason = (
        "an archive is used natively if it is open, has a path and the mode 'r', and no entry is "
        "encrypted or compressed by another method than deflate"
    )
    return Access(handle, f"through Python: {reason}", is_final=store._is_open)


def _values_of(store: Store) -> str:
    if is_immutable(store):
        return "immutable"
    return "tagged" if gives_etags(store) else "changing"


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
