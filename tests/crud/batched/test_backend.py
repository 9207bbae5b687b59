"""The backend behind a batch."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.crud.codecs import SERVED_BY_NOBODY
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.backends import hold
from zarr.crud.testing import CountingStore, assert_same
from zarr.errors import BoundsCheckError
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)


WRONG: dict[str, tuple[Any, type[Exception]]] = {
    "shape": (lambda s: crud.write_region(DOCUMENT, s, 0, [1, 2, 3]), crud.ValueShapeError),
    "position": (lambda s: crud.write_region(DOCUMENT, s, 9, 1), BoundsCheckError),
    "number": (lambda s: crud.write_region(DOCUMENT, s, 0, 2**40), OverflowError),
    "path": (lambda s: crud.write_region(DOCUMENT, s, 0, 1, path="../x"), crud.InvalidPathError),
    "codecs": (lambda s: crud.write_region(SERVED_BY_NOBODY, s, 0, 1), crud.UnsupportedError),
    "engine": (
        lambda s: crud.write_region(DOCUMENT, s, 0, 1, engine="none"),
        crud.UnknownBackendError,
    ),
    "option": (
        lambda s: crud.write_region(DOCUMENT, s, 0, 1, options=crud.Options(durability="fsync")),
        crud.UnsupportedError,
    ),
    "chunk": (lambda s: crud.write_chunk(DOCUMENT, s, (3, 0), 1), BoundsCheckError),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_an_error_at_the_write(engine: str, what: str) -> None:
    """Catches an error that comes at the end of the block, far from its cause."""
    call, error = WRONG[what]
    store = MemoryStore()
    crud.create(DOCUMENT, store)
    with crud.batched_writes(store, engine=engine) as batch:
        with pytest.raises(error):
            call(batch)
        assert batch.nbytes == 0


def test_a_store_that_is_read_only_is_refused_at_the_write(engine: str) -> None:
    """Catches writes that are held for a store that takes none."""
    with crud.batched_writes(MemoryStore(read_only=True), engine=engine) as batch:
        with pytest.raises(crud.ReadOnlyError):
            crud.write_region(DOCUMENT, batch, 0, 1, detached=True)
        assert batch.nbytes == 0


def test_an_array_that_is_not_there_is_refused_at_the_write(engine: str) -> None:
    """Catches chunks that are held for a mistyped path."""
    with (
        crud.batched_writes(MemoryStore(), engine=engine) as batch,
        pytest.raises(ValueError, match="there is no array"),
    ):
        crud.write_region(DOCUMENT, batch, 0, 1, path="mistyped")


def test_a_key_that_the_thread_holds_is_refused_at_the_write(engine: str) -> None:
    """Catches a thread that waits for itself once the chunk is written."""
    store = MemoryStore()
    with (
        crud.batched_writes(store, engine=engine) as batch,
        hold(crud.Location(store, ""), "c/0/0"),
    ):
        writes: list[Callable[[], None]] = [
            lambda: crud.write_region(DOCUMENT, batch, (0, 0), 1, detached=True),
            lambda: crud.write_chunk(DOCUMENT, batch, (0, 0), 1, detached=True),
        ]
        for write in writes:
            with pytest.raises(RuntimeError, match="would wait for itself"):
                write()
        crud.write_region(DOCUMENT, batch, (3, 0), 1, detached=True)


def test_many_regions_of_several_arrays_are_held_and_read(engine: str) -> None:
    """Catches results in another order, and regions of which only some are held."""
    store = CountingStore()
    for name in "ab":
        crud.create(DOCUMENT, store, path=name)
        crud.write_region(DOCUMENT, store, ..., VALUES, path=name, engine="reference")
    expected = {"a": VALUES.copy(), "b": VALUES.copy()}
    with crud.batched_writes(store, engine=engine) as batch:
        writes = [
            crud.Request(DOCUMENT, batch, (slice(1, 5), 1), path="a"),
            crud.Request(DOCUMENT, batch, (slice(1, 5), 1), path="a"),
        ]
        store.calls.clear()
        crud.write_regions(writes, [-1, [-2, -3, -4, -5]])
        assert not [call for call in store.calls if call[0] == "set"]
        expected["a"][1:5, 1] = [-2, -3, -4, -5]
        reads = [
            crud.Request(DOCUMENT, batch, selection, path=name)
            for selection in (..., (slice(0, 2), slice(0, 3)), (6, 4))
            for name in "ba"
        ]
        found = crud.read_regions(reads)
        for read, result in zip(reads, found, strict=True):
            assert read.path is not None
            assert_same(np.asarray(result), np.asarray(expected[read.path][read.selection]))
    for name, values in expected.items():
        assert_same(np.asarray(crud.read_region(DOCUMENT, store, path=name)), values)


def test_an_error_names_its_request(engine: str) -> None:
    """Catches an error of one of many writes that does not say of which."""
    store = MemoryStore()
    with crud.batched_writes(store, engine=engine) as batch:
        requests = [(DOCUMENT, batch, 0), (DOCUMENT, batch, 9)]
        with pytest.raises(IndexError) as caught:
            crud.write_regions(requests, [1, 1], detached=True)
        assert caught.value.__notes__ == ["in request 1"]
        assert batch.nbytes == 0


def test_the_asynchronous_variants_take_a_batch(engine: str) -> None:
    """Catches a variant that goes around the batch."""
    store = MemoryStore()

    async def main() -> None:
        await crud.create_async(DOCUMENT, store)
        async with crud.batched_writes(store, engine=engine) as batch:
            await asyncio.gather(
                *(crud.write_region_async(DOCUMENT, batch, row, VALUES[row]) for row in range(7))
            )
            assert await crud.list_chunks_async(DOCUMENT, store) == []
            assert_same(np.asarray(await crud.read_region_async(DOCUMENT, batch)), VALUES)
            assert_same(await crud.read_chunk_async(DOCUMENT, batch, (0, 0)), VALUES[:3, :2])
            (found,) = await crud.read_regions_async([(DOCUMENT, batch, 3)])
            assert_same(np.asarray(found), VALUES[3])
            assert await crud.list_chunks_async(DOCUMENT, store) == []
        with pytest.raises(crud.BatchError):
            await crud.read_region_async(DOCUMENT, batch)

    asyncio.run(main())
    assert_same(np.asarray(crud.read_region(DOCUMENT, store)), VALUES)


def test_engines_are_reported_through_a_batch() -> None:
    """Catches a store that is said to be reached through Python because it is a batch."""
    store = MemoryStore()
    with crud.batched_writes(store) as batch:
        assert crud.explain(DOCUMENT, batch) == crud.explain(DOCUMENT, store)
        backend = batch._gathered.backend(crud.get_backend("zarrs"))
        assert backend is batch._gathered.backend(crud.get_backend("zarrs"))
        assert backend.store_access(batch) == crud.get_backend("zarrs").store_access(store)
