"""Object stores that the extension reads itself, over the network: one file for each family."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from zarr.storage import FsspecStore, ObjectStore
from zarr.zarrs._extension import extension
from zarr.zarrs._remote._settings import NotNativeError, Settings, has_any

if TYPE_CHECKING:
    from zarr.abc.store import Store

__all__ = ["NotNativeError", "has_any", "native", "settings_of"]


def settings_of(store: Store) -> Settings:
    """Return what a client for the objects of a store is built from; nothing is sent.

    Raises
    ------
    NotNativeError
        The extension cannot tell how to reach the objects of this store, or would not reach them
        in the same way.
    """
    # Imported here, because a program that reads local files uses none of them.
    if type(store) is ObjectStore:
        from zarr.zarrs._remote import _obstore

        return _obstore.settings_of(store.store)
    if type(store) is FsspecStore:
        from zarr.zarrs._remote import _fsspec

        return _fsspec.settings_of(store)
    raise NotNativeError(f"{type(store).__name__} is not a store that the extension knows")


def native(settings: Settings, bridged: Any) -> Any:
    """Return the extension's handle of an object store; `bridged` is that of its own methods.

    Raises
    ------
    NotNativeError
        The extension cannot build a client from these settings.
    """
    make = getattr(extension(), "RemoteStore", None)
    if make is None:
        raise NotNativeError("the extension was built without the feature 'remote'")
    given = {field.name: getattr(settings, field.name) for field in fields(settings)}
    del given["odd"]
    try:
        return make(given.pop("kind"), bridged, **given)
    except Exception as error:
        raise NotNativeError(str(error)) from error
