"""Where the data of a node really are, whatever kind of store reaches them.

Two locations can be compared if they have the same root; the parts of their paths then say whether
one contains the other. A file is named by its real path, and a ZIP file is a place with its keys
below it. Credentials and other options that do not change the place are left out.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore, WrapperStore, ZipStore

if TYPE_CHECKING:
    from collections.abc import Hashable

    from zarr.abc.store import Store
    from zarr.crud._stores.location import Location

FILE: Final = "file"
"""What all real paths are counted from."""

_SCHEMES: Final = {"s3a": "s3", "gcs": "gs", "https": "http", "abfs": "az", "abfss": "az"} | {
    name: name for name in ("s3", "gs", "http", "az")
}
"""Services that several file systems and options reach, by the protocol in fsspec."""

_OF_OBSTORE: Final = {"S3Store": "s3", "GCSStore": "gs", "AzureStore": "az", "HTTPStore": "http"}

_BUCKETS: Final = ("bucket", "container_name")

_CACHES: Final = {"blockcache", "cached", "filecache", "simplecache"}
"""Protocols of fsspec that keep copies of what another file system holds."""


class Root(NamedTuple):
    """A place: what it is counted from, and the parts of the path from there."""

    identity: Hashable
    parts: tuple[str, ...]


def root_of(location: Location) -> Root | None:
    """Return the place of a node; `None` if the store does not tell."""
    store: Store = location.store
    # A wrapper may change keys. Then this is wrong, but only refuses what might lose data.
    while isinstance(store, WrapperStore):
        store = store._store
    below = parts_of(location.path)
    if isinstance(store, LocalStore):
        return _file(store.root, location.path)
    if isinstance(store, ZipStore):
        return None if store.path is None else _archive(store.path, below)
    if isinstance(store, MemoryStore):
        start = parts_of(getattr(store, "path", ""))
        return Root(("dict", id(store._store_dict)), start + below)
    if isinstance(store, FsspecStore):
        return _fsspec(store.fs, store.path, location.path)
    return _obstore(store.store, below) if isinstance(store, ObjectStore) else None


def parts_of(path: str) -> tuple[str, ...]:
    """Return the names in a path."""
    return tuple(part for part in path.split("/") if part)


def _file(folder: Any, path: str) -> Root:
    return Root(FILE, parts_of(os.path.realpath(os.path.join(folder, path))))  # noqa: PTH118


def _archive(file: Any, keys: tuple[str, ...]) -> Root:
    root = _file(file, "")
    return root._replace(parts=root.parts + keys)


def _fsspec(fs: Any, start: str, path: str) -> Root | None:
    """Return the place in a file system of fsspec, within those that only show another."""
    while True:
        fs = getattr(fs, "sync_fs", fs)
        protocols = _protocols(fs)
        if protocols & _CACHES:
            fs = fs.fs
        elif "dir" in protocols:
            fs, start = fs.fs, f"{fs.path}/{start}"
        else:
            break
    if not hasattr(fs, "storage_options"):
        return None
    where = f"{fs._strip_protocol(start)}/{path}"
    if "file" in protocols:
        return _file(where, "")
    if "memory" in protocols:
        return Root(("dict", id(fs.store)), parts_of(where))
    options = dict(fs.storage_options)
    if "zip" in protocols:
        # Fsspec opens an archive from a path, or from an open file, whose place is not known.
        is_local = options.get("target_protocol") in (None, "file", "local")
        archive = options.get("fo", (fs.storage_args or [None])[0])
        if is_local and isinstance(archive, (str, os.PathLike)):
            text = os.fspath(archive)
            return _archive(text.removeprefix("file://").removeprefix("local://"), parts_of(where))
    scheme = next((_SCHEMES[name] for name in protocols if name in _SCHEMES), None)
    if scheme is None:
        return Root(
            (type(fs), repr(fs.storage_args), repr(sorted(options.items()))), parts_of(where)
        )
    return Root((scheme, *_service(options)), parts_of(where))


def _protocols(fs: Any) -> set[str]:
    # Of the class: a cache answers for the file system within it.
    found = getattr(type(fs), "protocol", ())
    return {found} if isinstance(found, str) else set(found)


def _service(options: dict[str, Any]) -> tuple[str, ...]:
    """What tells a service from another of its kind: the address, and the account."""
    client = options.get("client_kwargs") or {}
    addresses = [options.get(name) for name in ("endpoint_url", "endpoint")]
    address = next(filter(None, [*addresses, client.get("endpoint_url")]), "")
    return str(address).rstrip("/"), str(options.get("account_name") or "")


def _obstore(inner: Any, below: tuple[str, ...]) -> Root | None:
    """Return the place in a store of obstore, whose prefix is a part of the path."""
    name = type(inner).__name__
    prefix = str(getattr(inner, "prefix", None) or "")
    if name == "LocalStore":
        return _archive(prefix or "/", below)
    scheme = _OF_OBSTORE.get(name)
    if scheme is None:
        return Root(("object", id(inner)), below)
    if scheme == "http":
        return Root((scheme, "", ""), parts_of(str(inner.url)) + below)
    try:
        config = dict(inner.config)
    except BaseException as error:
        # Some configurations make obstore panic, which is no `Exception`.
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return None
    bucket = next((str(config[key]) for key in _BUCKETS if key in config), None)
    if bucket is None:
        return None
    return Root((scheme, *_service(config)), (bucket, *parts_of(prefix), *below))
