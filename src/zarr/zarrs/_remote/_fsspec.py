"""Stores over file systems of fsspec: which of them the extension reads itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from zarr.zarrs._remote import _azure, _google, _http, _s3
from zarr.zarrs._remote._settings import NotNativeError, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.storage import FsspecStore

# The exceptions that mean a missing key, as in zarr.
_USUAL: Final = {FileNotFoundError, IsADirectoryError, NotADirectoryError}

_FAMILIES: Final[dict[str, tuple[str, Callable[[FsspecStore], Settings]]]] = {
    "S3FileSystem": ("s3fs.core", _s3.settings_of),
    "GCSFileSystem": ("gcsfs.core", _google.settings_of),
    "ExtendedGcsFileSystem": ("gcsfs.extended_gcsfs", _google.settings_of),
    "AzureBlobFileSystem": ("adlfs.spec", _azure.settings_of),
    "HTTPFileSystem": ("fsspec.implementations.http", _http.settings_of),
}


def settings_of(store: FsspecStore) -> Settings:
    """Return what a client for the objects of a store is built from.

    Raises
    ------
    NotNativeError
        The file system has another class, or a configuration that cannot be said to the extension.
    """
    fs: Any = store.fs
    name = type(fs).__name__
    module, make = _FAMILIES.get(name, ("", None))
    if make is None or type(fs) is not getattr(sys.modules.get(module), name, None):
        raise NotNativeError(f"{name} is not a file system that the extension knows")
    if "_cat_file" in vars(fs):
        raise NotNativeError("the file system has a method of its own")
    missing = set(store.allowed_exceptions)
    if not {FileNotFoundError} <= missing <= _USUAL:
        raise NotNativeError("allowed_exceptions are not zarr's own")
    try:
        return make(store)
    except NotNativeError:
        raise
    except Exception as error:  # a library of another release, or with settings that it refuses
        raise NotNativeError(
            f"its configuration cannot be read ({type(error).__name__})"
        ) from error
