"""An engine serves every indexer that a library passes to its array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.indexers import ENGINES, INDEXERS, LAYOUTS, VALUES, Duck, arrays, ask, made, tell
from zarr.core.buffer import default_buffer_prototype
from zarr.core.indexing import ChunkProjection
from zarr.core.sync import sync
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.errors import ChunkNotFoundError
from zarr.storage import MemoryStore


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_indexer_reads_and_writes_as_upstream_does(layout: str, engine: str) -> None:
    """Catches a selection in a chunk that is mapped to the wrong elements of the array."""
    for name in INDEXERS:
        native, ours = arrays(layout, engine)
        expected = ask(native, made(native, name))
        assert_same(ask(ours, made(ours, name)), expected)
        value = np.arange(np.size(expected), dtype="i4").reshape(np.shape(expected)) + 100
        twin, _ = arrays(layout, engine)
        tell(twin, made(twin, name), value)
        tell(ours, made(ours, name), value)
        assert_same(native[...], twin[...])
        assert "zarr" not in ours.engine_info().operations


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("layout", ["format 2", "format 3", "shards"])
def test_an_indexer_of_a_library_fills_one_buffer(layout: str, engine: str) -> None:
    """Catches a refusal of many ranges of rows for one buffer, from a class unknown to zarr."""
    native, ours = arrays(layout, engine)
    chunk = native.shards or native.chunks
    rows = [(5, 7), (0, 2), (6, 7)]
    projections: list[ChunkProjection] = []
    start = 0
    for first, stop in rows:
        for row in range(first, stop):
            for column in range(0, 5, chunk[1]):
                columns = slice(column, min(5, column + chunk[1]))
                projections.append(
                    ChunkProjection(
                        (row // chunk[0], column // chunk[1]),
                        (row % chunk[0], slice(0, columns.stop - columns.start)),
                        (start, columns),
                        False,
                    )
                )
            start += 1
    indexer = Duck((start, 5), projections)
    expected = np.concatenate([VALUES[first:stop] for first, stop in rows])
    out = np.full((start, 5), -1, "i4")
    prototype = default_buffer_prototype()
    ask(ours, indexer, out=prototype.nd_buffer.from_numpy_array(out))
    assert_same(out, expected)
    tell(ours, indexer, expected + 1000)
    assert_same(native[6], VALUES[6] + 1000)
    assert sum(ours.engine_info().operations.values()) == 2
    assert "zarr" not in ours.engine_info().operations


@pytest.mark.parametrize("engine", ["zarrs", "reference"])
@pytest.mark.parametrize("layout", ["format 2", "format 3", "shards"])
def test_a_chunk_at_the_end_is_read_as_it_is_stored(layout: str, engine: str) -> None:
    """Catches an error for an indexer that takes whole chunks, also beyond the end of the array."""
    native, ours = arrays(layout, engine)
    chunk = native.shards or native.chunks
    index = tuple((length - 1) // size for length, size in zip((7, 5), chunk, strict=True))
    whole = tuple(slice(0, size) for size in chunk)
    indexer = Duck(chunk, [ChunkProjection(index, whole, whole, True)])
    assert_same(ask(ours, indexer), ask(native, indexer))
    tell(ours, indexer, np.full(chunk, 3, "i4"))
    assert_same(ask(native, indexer), np.full(chunk, 3, "i4"))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_missing_chunk_is_an_error_where_the_array_says_so(engine: str) -> None:
    """Catches a `read_missing_chunks` that only the methods follow."""
    store = MemoryStore()
    zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i4")
    with zarr.config.set({"array.read_missing_chunks": False}):
        ours = zarr.open_array(store, engine=engine)
    with pytest.raises(ChunkNotFoundError):
        ask(ours, made(ours, "box"))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_store_that_has_coroutines_only_is_served(engine: str) -> None:
    """Catches a deadlock of worker threads and the event loop that they wait for."""
    store = AsyncOnlyStore(MemoryStore())
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    ours = zarr.open_array(store, engine=engine)
    assert_same(ask(ours, made(ours, "all")), VALUES)
    tell(ours, made(ours, "points"), 7)
    assert_same(ask(ours, made(ours, "points")), np.full(4, 7, "i4"))


def test_the_error_of_a_store_is_the_same_object() -> None:
    """Catches a wrapped exception, which the handler of its own store does not recognize."""
    failure = OSError("the disk is gone")

    class Failing(MemoryStore):
        def get_sync(self, *_: Any, **__: Any) -> Any:
            raise failure

    store = Failing()
    zarr.create_array(MemoryStore(store._store_dict), data=VALUES, chunks=(3, 2))
    ours = zarr.open_array(MemoryStore(store._store_dict)).with_engine("zarrs")
    broken = zarr.AsyncArray(ours.metadata, zarr.storage.StorePath(store), ours.config)
    with pytest.raises(OSError, match="the disk is gone") as caught:
        sync(broken._get_selection(made(ours, "all"), prototype=default_buffer_prototype()))
    assert caught.value is failure


def test_parts_of_one_chunk_that_are_written_at_once_are_all_kept() -> None:
    """Catches lost elements when worker threads read, change and replace the same chunk."""
    store = MemoryStore()
    ours = zarr.create_array(store, shape=(64,), chunks=(64,), dtype="i4", engine="zarrs")
    whole = [
        ChunkProjection((0,), (slice(at, at + 1),), (slice(at, at + 1),), False) for at in range(64)
    ]
    for _ in range(20):
        ours[...] = 0
        tell(ours, Duck((64,), whole), np.arange(1, 65, dtype="i4"))
        assert_same(ours[...], np.arange(1, 65, dtype="i4"))
