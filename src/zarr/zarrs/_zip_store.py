"""ZIP archives that the extension reads itself."""

from __future__ import annotations

import os
import weakref
from io import BufferedReader
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from zarr.crud.backends import errors
from zarr.zarrs._extension import extension

if TYPE_CHECKING:
    from zarr.storage import ZipStore

_closers: dict[int, weakref.finalize[..., ZipStore]] = {}


def native_archive(store: ZipStore, bridged: Any) -> Any:
    """Return the extension's handle of an archive that is only read, otherwise `bridged`.

    The store's own `ZipFile` says where the entries are, so each name means the same entry as in
    Python. The handle has a descriptor of its own, of the same file, until the store has another
    handle or is gone. Archives are read through Python if an entry is encrypted or is neither
    stored nor deflated, or if the path names another file by now; and once, if the store is not
    open yet.
    """
    if store._zmode != "r" or store.path is None or not store._is_open:
        return bridged
    archive = store._zf
    file = archive.fp
    if type(archive) is not ZipFile or type(file) is not BufferedReader:
        return bridged
    try:
        found = os.fstat(file.fileno())
        at = (found.st_dev, found.st_ino)
        handle = extension().ZipStore(os.fsencode(store.path), at, archive.infolist(), bridged)
    # The store's own methods say what is wrong, if anything is.
    except (errors.UnsupportedError, OSError, OverflowError, ValueError):
        return bridged
    _close_with(store, handle)
    return handle


def _close_with(store: ZipStore, handle: Any) -> None:
    """Close a handle when its store is gone, and now the one that the store had before."""
    key = id(store)
    before = _closers.pop(key, None)
    if before is not None:
        before()
    closer = weakref.finalize(store, _close, key, handle)
    closer.atexit = False
    _closers[key] = closer


def _close(key: int, handle: Any) -> None:
    _closers.pop(key, None)
    handle.close()
