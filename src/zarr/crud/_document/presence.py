"""Checks that a node exists: a call with a mistyped or forgotten path must not succeed.

The first use of a store and path looks up the document with one request. The answer only decides
whether an error is raised; the stored document only must not be a group's.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from zarr.abc.store import RangeByteRequest
from zarr.core.buffer.cpu import buffer_prototype
from zarr.crud._document import known as _known
from zarr.crud._document.known import ZARR_JSON, document_name, is_known, note
from zarr.crud._stores.at_hand import is_at_hand, most_requests
from zarr.crud._stores.batches import map_each, read_each
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.direct import DirectStore
from zarr.crud._stores.event_loop import beside_on_loop, is_synchronous, on_loop
from zarr.crud._stores.forks import check_forked
from zarr.crud._stores.in_flight import requests_in_flight
from zarr.crud._stores.location import Location, get
from zarr.errors import ChunkNotFoundError, NodeNotFoundError
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr.abc.store import Store
    from zarr.crud._document.document import Document

    type Chunks = Callable[[], Iterable[tuple[int, ...]]]
    type Reach = Callable[[Location], DirectStore | None]
    """What reaches the values of a store directly, if anything does."""

_AT_ONCE: Final = 128


def require_node(document: Document, location: Location, reach: Reach) -> None:
    """Refuse a call that would change or miss chunks if the array's document is not stored.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no document at the location.
    """
    name = document_name(document)
    if is_known(location, name):
        return
    since, key = _known.forgotten, location.key(name)
    store = reach(location) or location.store
    if is_synchronous(store):
        present = _holds_array(store, key)
    else:
        check_forked(store)
        present = on_loop(_holds_array_async(store, key))
    if not present:
        raise _not_found(location, name)
    note(location, name, since)


def read_present[T](
    read: Callable[[], T], document: Document, location: Location, chunks: Chunks, reach: Reach
) -> T:
    """Return what `read` returns, unless neither the document nor any of its chunks is stored.

    Where requests take long, the look-up runs beside the read, not before it.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no document at the location, and none of the chunks.
    """
    name = document_name(document)
    if is_known(location, name):
        return read()
    since, key = _known.forgotten, location.key(name)
    store = reach(location) or location.store
    if isinstance(store, DirectStore):
        check_cancelled()
        document_read = store.start_get(key)
        found = _attempt(read)
        present = _is_array(document_read(), key)
    elif is_synchronous(store):
        present, found = _holds_array(store, key), _attempt(read)
    else:
        check_forked(store)
        present, found = beside_on_loop(_holds_array_async(store, key), lambda: _attempt(read))
    try:
        if present:
            note(location, name, since)
        else:
            refuse_absent(document, Location(store, location.path), chunks)
        if isinstance(found, ChunkNotFoundError):
            raise found
        return found
    finally:
        # The error's traceback holds this frame, and with it the result.
        del found


def _attempt[T](read: Callable[[], T]) -> T | ChunkNotFoundError:
    """Return what `read` returns, or its error for a missing chunk; a missing node comes first."""
    try:
        return read()
    except ChunkNotFoundError as err:
        return err


def refuse_absent(document: Document, location: Location, chunks: Chunks) -> None:
    """Refuse a read of a node without a document, unless one of the chunks is stored."""
    encode = document.array.encode_chunk_key
    keys = (location.key(encode(index)) for index in chunks())
    if not _any_exists(location.store, keys):
        raise _not_found(location, document_name(document), " and no chunk that the call reads")


def _not_found(location: Location, name: str, also: str = "") -> NodeNotFoundError:
    return NodeNotFoundError(
        f"there is no array at {location}: no document {location.key(name)!r}{also}; "
        "check the path and the store, or pass detached=True if the array has no stored document"
    )


def _holds_array(store: Store, key: str) -> bool:
    """Whether a synchronous store has a document at the key that is not a group's."""
    if type(store) is LocalStore:
        # Do not open the store, which would create its folder.
        try:
            return not _is_group((store.root / key).read_bytes(), key)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return False
    found = get(store, key, buffer_prototype)
    return _is_array(None if found is None else found.to_bytes(), key)


async def _holds_array_async(store: Store, key: str) -> bool:
    found = await store.get(key, prototype=buffer_prototype)
    return _is_array(None if found is None else found.to_bytes(), key)


def _is_array(text: bytes | None, key: str) -> bool:
    return text is not None and not _is_group(text, key)


def _is_group(text: bytes, key: str) -> bool:
    """Whether a document is a group's. Invalid JSON is left to the reader of the document."""
    if not key.endswith(ZARR_JSON):
        return False
    try:
        members = json.loads(text)
    except ValueError:
        return False
    return isinstance(members, dict) and members.get("node_type") == "group"


def _exists(store: Store, key: str) -> bool:
    """Whether a synchronous store has a chunk at the key."""
    if type(store) is LocalStore:
        return (store.root / key).is_file()
    byte: Any = RangeByteRequest(0, 1)
    read = partial(store.get_sync, prototype=buffer_prototype, byte_range=byte)  # type: ignore[attr-defined]
    return read_each(store, read, [(key,)])[0] is not None


def _any_exists(store: Store, keys: Iterable[str]) -> bool:
    if isinstance(store, DirectStore):
        spans = ([(key, 0, 1) for key in some] for some in batched(keys, _AT_ONCE))
        return any(one is not None for some in spans for one in store.get_many(some))
    if is_synchronous(store):
        exists = partial(_exists, store)
        some = batched(keys, 1 if is_at_hand(store) else most_requests())
        return any(any(map_each(store, exists, batch)) for batch in some)

    async def ask() -> bool:
        for some in batched(keys, requests_in_flight()):
            if any(await asyncio.gather(*map(store.exists, some))):
                return True
        return False

    return on_loop(ask())
