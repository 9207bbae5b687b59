"""Stores that the library reaches itself, or why it does not."""

from __future__ import annotations

import os
import re
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.crud.backends import as_directory
from zarr.storage import LocalStore, ObjectStore
from zarr.zarrista._library import LIBRARY, LibraryError, called, library

if TYPE_CHECKING:
    from collections.abc import Hashable

    from zarr.abc.store import Store

OBJECT_STORES: Final = frozenset({"S3Store", "GCSStore", "AzureStore", "HTTPStore"})
"""The classes of `obstore.store` that the library reaches."""

PLAIN: Final = re.compile(r"[A-Za-z0-9_./-]*")
"""Paths that object stores name as they are; the library encodes other characters."""


class Reached(NamedTuple):
    """A store as the library reaches it."""

    place: Hashable
    """Where the values are."""
    root: str | None
    """The folder, of a directory."""
    inner: Any
    """The object that the library gets; that of a directory is made of its root."""

    @property
    def waits(self) -> bool:
        """Whether its arrays are asynchronous."""
        return self.root is None


def reach(store: Store, path: str) -> Reached | str:
    """Return how the library reaches a node of a store, or why it does not; nothing is sent."""
    found = as_directory(store)
    if isinstance(found, LocalStore):
        root = os.fspath(found.root.absolute())
        if not _is_text(root):
            return f"it reaches folders whose names are text, and {root!a} is not"
        return Reached(root, root, None)
    if isinstance(found, str):
        return f"it does not reach this folder as a LocalStore would: {found}"
    if type(store) is ObjectStore:
        return _object_store(store, path)
    if _is_of_icechunk(store):
        return _session(store)
    return (
        f"it reaches a LocalStore and obstore's stores over the network, and "
        f"{type(store).__name__} is neither"
    )


def _object_store(store: ObjectStore[Any], path: str) -> Reached | str:
    inner = store.store
    module, name = type(inner).__module__, type(inner).__name__
    if name == "MemoryStore":
        return "it does not reach the memory of an obstore MemoryStore"
    if module.split(".")[0] != "obstore" or name not in OBJECT_STORES:
        return f"it reaches obstore's stores over the network, and {name} is not one of them"
    if not PLAIN.fullmatch(path):
        return f"it serves paths of letters, digits, '_', '.' and '-' there, and not {path!r}"
    return Reached(("object", id(inner)), None, inner)


def _is_of_icechunk(store: Store) -> bool:
    return type(store) is getattr(sys.modules.get("icechunk.store"), "IcechunkStore", None)


def _session(store: Any) -> Reached | str:
    session = store.session
    if not session.read_only:
        return "it does not see the changes of a writable session of icechunk"
    try:
        # The library serializes the session at once; the releases of icechunk differ in the form.
        called(library().AsyncArray.from_metadata, _ANY, session, "/")
    except LibraryError as err:
        releases = f"{LIBRARY} {version(LIBRARY)} and icechunk {version('icechunk')}"
        return f"{releases} do not understand each other's sessions: {err}"
    return Reached(("session", id(session)), None, session)


_ANY: Final = {
    "zarr_format": 3,
    "node_type": "array",
    "shape": [1],
    "data_type": "uint8",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1]}},
    "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
    "fill_value": 0,
    "codecs": [{"name": "bytes"}],
}


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
