"""The check that a node exists, beside a read that is awaited."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zarr.crud._document.known import document_name, is_known
from zarr.crud._document.presence import refuse_absent, require_node
from zarr.crud._stores.location import Location
from zarr.crud._stores.threads import run_in_worker
from zarr.errors import ChunkNotFoundError, NodeNotFoundError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from zarr.crud._document.document import Document
    from zarr.crud._document.presence import Chunks, Reach


async def read_present_awaited[T](
    read: Awaitable[T], document: Document, location: Location, chunks: Chunks, reach: Reach
) -> T:
    """Return the result of `read`; see `presence.read_present`.

    The look-up, once for each node, takes a worker thread.
    """
    if is_known(location, document_name(document)):
        return await read
    looking = asyncio.ensure_future(run_in_worker(_is_present, document, location, reach))
    looking.add_done_callback(_retrieve)
    found: T | ChunkNotFoundError | None = None
    try:
        found = await _attempt(read)
        if not await looking:
            await run_in_worker(_refuse_absent, document, location, chunks, reach)
        if isinstance(found, ChunkNotFoundError):
            raise found
        return found
    finally:
        looking.cancel()
        # The error's traceback holds this frame, and with it the result.
        del found


async def _attempt[T](read: Awaitable[T]) -> T | ChunkNotFoundError:
    try:
        return await read
    except ChunkNotFoundError as err:
        return err


def _is_present(document: Document, location: Location, reach: Reach) -> bool:
    try:
        require_node(document, location, reach)
    except NodeNotFoundError:
        return False
    return True


def _refuse_absent(document: Document, location: Location, chunks: Chunks, reach: Reach) -> None:
    store = reach(location) or location.store
    refuse_absent(document, Location(store, location.path), chunks)


def _retrieve(looking: asyncio.Future[bool]) -> None:
    # So that asyncio does not report an error as never retrieved after the read has failed.
    if not looking.cancelled():
        looking.exception()
