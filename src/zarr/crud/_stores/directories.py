"""Stores of other libraries that are directories: the `LocalStore` at the same place.

Their chunks are then read and written like those of a `LocalStore`, with its locks, by both
engines. Only exact types are taken whose options do not change what a read or a write does.
"""

from __future__ import annotations

import os
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zarr.storage import FsspecStore, LocalStore, ObjectStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

_OPTIONS: Final = {
    *("auto_mkdir", "use_listings_cache", "listings_expiry_time", "max_paths"),
    "skip_instance_cache",
}
# The exceptions that mean a missing key, as in zarr.
_USUAL: Final = {FileNotFoundError, IsADirectoryError, NotADirectoryError}
_METHODS: Final = {"open", "_open", "cat_file", "pipe_file", "rm", "rm_file"}

type Found = LocalStore | str | None

_found: dict[int, tuple[weakref.ref[Store], object, object, Found]] = {}


def as_directory(store: Store) -> Found:
    """Return the `LocalStore` at the place of a store.

    A text says why a store on the local file system is used by its own methods. `None`: the store
    is no directory.
    """
    if type(store) is LocalStore:
        return store
    if type(store) is FsspecStore:
        inner, place = store.fs, store.path
    elif type(store) is ObjectStore:
        inner, place = store.store, ""
    else:
        return None
    key = id(store)
    known = _found.get(key)
    if known is not None and known[0]() is store and known[1] is inner and known[2] is place:
        return known[3]
    found = _of_fsspec(store) if isinstance(store, FsspecStore) else _of_obstore(store)
    # A local variable: at interpreter exit, module globals vanish before the last store.
    forget = _found.pop
    _found[key] = (weakref.ref(store, lambda _: forget(key, None)), inner, place, found)
    return found


def directory_of(store: Store) -> LocalStore | None:
    """Return the `LocalStore` at the place of a store, if it can be used in its stead."""
    if type(store) is LocalStore:
        return store
    found = as_directory(store)
    return found if isinstance(found, LocalStore) else None


def _of_fsspec(store: Any) -> Found:
    wrapper = _class("fsspec.implementations.asyn_wrapper", "AsyncFileSystemWrapper")
    local = _class("fsspec.implementations.local", "LocalFileSystem")
    fs = store.fs
    if type(fs) is not wrapper or not isinstance(fs.sync_fs, local or ()):
        return None
    inner = fs.sync_fs
    unknown = sorted(set(inner.storage_options) - _OPTIONS)
    missing = set(store.allowed_exceptions)
    if type(inner) is not local or _METHODS & set(vars(inner)):
        return "its LocalFileSystem has methods of its own"
    if unknown or inner.storage_args or fs.semaphore is not None:
        return f"its LocalFileSystem has options that are not known: {unknown}"
    if not {FileNotFoundError} <= missing <= _USUAL:
        return "allowed_exceptions are not zarr's own"
    if not inner.auto_mkdir and not store.read_only:
        return "auto_mkdir is off, so a write must fail in a folder that does not exist"
    return _local(inner._strip_protocol(store.path), store)


def _of_obstore(store: Any) -> Found:
    inner = store.store
    if type(inner) is not _class("obstore.store", "LocalStore"):
        return None
    try:
        args, options = inner.__getnewargs_ex__()
    except BaseException as error:
        # Some configurations make obstore panic, which is no `Exception`.
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return "obstore does not tell its configuration"
    unknown = sorted(set(options) - {"automatic_cleanup", "mkdir", "prefix"})
    root = args[0] if args else options.get("prefix")
    if unknown or len(args) > 1 or root is None:
        return f"obstore has arguments that are not known, or no prefix: {unknown}"
    if options.get("automatic_cleanup") and not store.read_only:
        return "automatic_cleanup is on, so a deletion must remove empty folders"
    return _local(os.fspath(root), store)


def _class(module: str, name: str) -> Any:
    """Return a class, if its module is imported; a program that has an instance has imported it."""
    return getattr(sys.modules.get(module), name, None)


def _local(root: str, store: Store) -> LocalStore:
    made = LocalStore(Path(root).absolute(), read_only=store.read_only)
    # Opening the store would create its folder.
    made._is_open = True
    return made
