"""The check that a node exists, beside a read that is awaited."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.patience import until
from zarr import crud
from zarr.crud._document.awaited import read_present_awaited
from zarr.crud._stores.location import Location
from zarr.crud.testing import AsyncOnlyStore
from zarr.errors import ChunkNotFoundError, NodeNotFoundError

if TYPE_CHECKING:
    from zarr.crud._document.document import Document


class Held(AsyncOnlyStore):
    """A store that counts the requests for documents, and answers them when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.answers = True
        self.error: Exception | None = None

    async def get(self, key: str, *args: Any, **options: Any) -> Any:
        """Return a value."""
        if key.endswith("zarr.json"):
            self.asked += 1
            if self.error is not None:
                raise self.error
            while not self.answers:
                await asyncio.sleep(0.002)
        return await super().get(key, *args, **options)


@pytest.fixture
def document() -> Document:
    store = zarr.storage.MemoryStore()
    zarr.create_array(store, shape=4, chunks=2, dtype="u1")
    return crud.read_metadata(store)


def made() -> Held:
    """Return a store that holds an array, of which nothing is known yet."""
    store = Held()
    zarr.create_array(store, shape=4, chunks=2, dtype="u1")
    store.asked = 0
    return store


def no_reach(location: Location) -> None:
    """No store is reached directly."""


async def read(result: Any) -> Any:
    """Return a result, or raise it."""
    await asyncio.sleep(0)
    if isinstance(result, BaseException):
        raise result
    return result


def present(document: Document, store: Held, path: str, result: Any) -> Any:
    """Read beside the look-up."""
    chunks: Any = [(0,)]
    return read_present_awaited(
        read(result), document, Location(store, path), lambda: chunks, no_reach
    )


async def test_a_node_is_looked_up_once_and_beside_the_read(document: Document) -> None:
    """Catches a request at every read, and a read that waits for the look-up to begin."""
    store = made()
    store.answers = False
    began = asyncio.Event()

    async def note() -> int:
        began.set()
        return 5

    chunks: Any = [(0,)]
    waiting = read_present_awaited(note(), document, Location(store, ""), lambda: chunks, no_reach)
    task = asyncio.ensure_future(waiting)
    await until(lambda: began.is_set() and store.asked == 1, "both")
    assert not task.done()
    store.answers = True
    assert await task == 5
    assert await present(document, store, "", 6) == 6
    assert store.asked == 1


async def test_a_missing_node_comes_before_a_missing_chunk_and_after_other_errors(
    document: Document,
) -> None:
    """Catches the error about a chunk of an array that does not exist, and the other way round."""
    store = made()
    with pytest.raises(NodeNotFoundError, match="other"):
        await present(document, store, "other", 5)
    with pytest.raises(NodeNotFoundError, match="other"):
        await present(document, store, "other", ChunkNotFoundError("c/0"))
    with pytest.raises(ValueError, match="first"):
        await present(document, store, "other", ValueError("first"))
    with pytest.raises(ChunkNotFoundError, match="c/0"):
        await present(document, store, "", ChunkNotFoundError("c/0"))
    store = made()
    store.error = error = OSError("no network")
    with pytest.raises(OSError, match="no network") as raised:
        await present(document, store, "", 5)
    assert raised.value is error


async def test_a_cancelled_read_leaves_the_look_up(document: Document) -> None:
    """Catches a cancellation that waits for the store, and an error that nobody retrieves."""
    store = made()
    store.answers = False
    task = asyncio.ensure_future(present(document, store, "", 5))
    await until(lambda: store.asked, "the look-up")
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    store.answers = True
    assert await present(document, store, "", 6) == 6
