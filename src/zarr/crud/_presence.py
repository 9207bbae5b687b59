"""Whether a node is there: a call below a path that was mistyped or forgotten must not succeed.

Its document is looked for by one request, the first time that a store and path are used. The
answer decides nothing but whether an error is raised: documents are never read from the store.
"""

from __future__ import annotations

import asyncio
from itertools import batched
from typing import TYPE_CHECKING, Any

from zarr.abc.store import RangeByteRequest
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.config import config
from zarr.crud import _known
from zarr.crud._forks import check_forked
from zarr.crud._known import document_name, is_known, note
from zarr.crud._loop import beside_on_loop, is_synchronous, on_loop
from zarr.errors import ChunkNotFoundError, NodeNotFoundError
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr.abc.store import Store
    from zarr.crud._document import Document
    from zarr.crud._store import Location

    type Chunks = Callable[[], Iterable[tuple[int, ...]]]


def require_node(document: Document, location: Location) -> None:
    """Refuse what would change or miss chunks where the array's document is not stored.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no document at the location.
    """
    name = document_name(document)
    if is_known(location, name):
        return
    since = _known.forgotten
    if not _exists(location.store, location.key(name)):
        raise _not_found(location, name)
    note(location, name, since)


def read_present[T](
    read: Callable[[], T], document: Document, location: Location, chunks: Chunks
) -> T:
    """Return what `read` returns, unless neither the document nor any of its chunks is stored.

    The question goes to a store beside the read, not before it, where requests take long.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no document at the location, and none of the chunks.
    """
    name = document_name(document)
    if is_known(location, name):
        return read()
    store, since, key = location.store, _known.forgotten, location.key(name)
    if is_synchronous(store):
        present, found = _exists(store, key), _attempt(read)
    else:
        check_forked(store)
        present, found = beside_on_loop(store.exists(key), lambda: _attempt(read))
    if present:
        note(location, name, since)
    else:
        _require_chunk(document, location, chunks)
    if isinstance(found, ChunkNotFoundError):
        raise found
    return found


def _attempt[T](read: Callable[[], T]) -> T | ChunkNotFoundError:
    """Return what `read` returns, or the error that says less than that there is no node."""
    try:
        return read()
    except ChunkNotFoundError as err:
        return err


def _require_chunk(document: Document, location: Location, chunks: Chunks) -> None:
    encode = document.array.encode_chunk_key
    keys = (location.key(encode(index)) for index in chunks())
    if not _any_exists(location.store, keys):
        raise _not_found(location, document_name(document), " and no chunk that the call reads")


def _not_found(location: Location, name: str, also: str = "") -> NodeNotFoundError:
    return NodeNotFoundError(
        f"there is no array at {location}: no document {location.key(name)!r}{also}; "
        "check the path and the store, or pass detached=True for an array without a stored document"
    )


def _exists(store: Store, key: str) -> bool:
    if type(store) is LocalStore:
        # Past opening it, which makes its folder.
        try:
            (store.root / key).stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True
    if is_synchronous(store):
        byte: Any = RangeByteRequest(0, 1)
        found = store.get_sync(key, prototype=buffer_prototype, byte_range=byte)  # type: ignore[attr-defined]
        return found is not None
    check_forked(store)
    return on_loop(store.exists(key))


def _any_exists(store: Store, keys: Iterable[str]) -> bool:
    if is_synchronous(store):
        return any(_exists(store, key) for key in keys)

    async def ask() -> bool:
        for some in batched(keys, config.get("async.concurrency") or 64):
            if any(await asyncio.gather(*map(store.exists, some))):
                return True
        return False

    return on_loop(ask())
