"""Stores as the extension accesses them: a directory directly, any other store through Python."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.crud.backends import (
    as_directory,
    check_off_loop,
    gives_etags,
    is_immutable,
    key_locks,
    offers_conditions,
    place_of,
)
from zarr.storage import FsspecStore, LocalStore, ObjectStore, ZipStore
from zarr.zarrs._extension import extension
from zarr.zarrs._remote import NotNativeError, has_any, native, settings_of

if TYPE_CHECKING:
    from zarr.abc.store import Store


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
    # Imported here, because a program that reads local files uses neither.
    from zarr.zarrs._store_bridge import StoreBridge
    from zarr.zarrs._zip_store import native_archive

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
