"""What is stored before a call, and what may be the case after it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import obstore

import zarr
from tests.remote import stores
from tests.remote.matrix.verbs import LAYOUTS, comparable
from tests.remote.matrix.ways import ENGINES, reached
from tests.remote.server import Server
from zarr import crud
from zarr.errors import BaseZarrError, ChunkNotFoundError, NodeNotFoundError

if TYPE_CHECKING:
    from tests.remote.matrix.verbs import Verb

GROUP: dict[str, Any] = {"zarr_format": 3, "node_type": "group"}

KNOWN = (obstore.exceptions.BaseError, OSError, BaseZarrError)
WRONG = (crud.InternalError, NodeNotFoundError, ChunkNotFoundError)
"""Errors that a fault is not."""


class Stored(NamedTuple):
    """What is on the server before a call."""

    document: Any
    objects: dict[str, bytes]


class Outcome(NamedTuple):
    """What a call leaves on a server without faults."""

    result: Any
    objects: dict[str, bytes]


@cache
def stored(layout: str) -> Stored:
    """An array and a group with children."""
    server = Server()
    try:
        store = stores.native(server)
        for path in ("", "nodes", "nodes/a", "nodes/b"):
            crud.create(GROUP, store, path=path, engine="reference")
        array = zarr.create_array(
            store, name="array", shape=(12, 8), dtype="i4", compressors=None, **LAYOUTS[layout]
        )
        array[...] = np.arange(96).reshape(12, 8) + 1
        return Stored(crud.read_metadata(store, path="array", engine="reference"), server.objects)
    finally:
        server.close()


@cache
def right(verb: Verb, layout: str, way: str) -> Outcome:
    """The result and the values that a call should have."""
    server = Server()
    server.objects = dict(stored(layout).objects)
    try:
        store = reached(server.url, way, "s3", attempts=1, seconds=30)
        with zarr.config.set({"array.engine": ENGINES[way]}):
            found = verb.run(stored(layout).document, store)
        return Outcome(comparable(found), server.objects)
    finally:
        server.close()


def check_error(error: Exception, verb: Verb, way: str) -> None:
    """Fail for an error of a class that tells nothing, or that does not name the key."""
    assert isinstance(error, KNOWN), repr(error)
    assert not isinstance(error, WRONG), repr(error)
    told = f"{error} {error!r} {getattr(error, '__notes__', '')}"
    # Through Python, errors are those of obstore, which repeats what the server says.
    hidden = "HIDDEN" if way == "native" else "(SECRET|TOKEN)HIDDEN"
    assert not re.search(hidden, told), told
    is_ours = way == "native" or isinstance(error, BaseZarrError)
    assert re.search(verb.named, told) or not is_ours, told


def check_versions(found: Any, way: str) -> None:
    """Fail unless the elements of each chunk are of one version: those of the next are negative.

    The reference reads each of several regions by itself.
    """
    pieces = [np.ravel(piece) for piece in found] if isinstance(found, list) else [np.ravel(found)]
    for elements in pieces if way == "reference" else [np.concatenate(pieces)]:
        check_version(elements)


def check_version(elements: Any) -> None:
    """Fail unless the elements of each chunk are of one version."""
    numbers = (elements & 0x7FFFFFFF) - 1
    chunks = numbers // 8 // 4 * 2 + numbers % 8 // 4
    for chunk in np.unique(chunks):
        assert np.unique(elements[chunks == chunk] > 0).size == 1
