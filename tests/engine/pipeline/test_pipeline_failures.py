"""Failures in the codec pipeline of an engine: before, during and after the work."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.indexers import ENGINES, VALUES, Duck, arrays, ask, made, spec_of, tell
from tests.engine.ways_to_chunks import upstream
from tests.patience import HANG
from zarr import crud
from zarr.core.buffer import default_buffer_prototype
from zarr.core.chunk_key_encodings import ChunkKeyEncoding
from zarr.core.indexing import BasicIndexer, ChunkProjection
from zarr.core.sync import sync
from zarr.crud._stores.at_hand import most_requests
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.registry import register_chunk_key_encoding
from zarr.storage import MemoryStore, StorePath

PROTOTYPE = default_buffer_prototype()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", [(7, 4), (6, 5), (7, 5, 1)])
def test_a_value_that_does_not_fit_is_not_written_in_part(engine: str, shape: Any) -> None:
    """Catches chunks that are written before the one that does not fit."""
    native, ours = arrays("format 3", engine)
    with pytest.raises(crud.ValueShapeError):
        tell(ours, made(ours, "all"), np.full(shape, 100, "i4"))
    assert_same(native[...], VALUES)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_masked_is_refused_there_too(engine: str) -> None:
    """Catches data under a mask that is written."""
    native, ours = arrays("format 3", engine)
    with pytest.raises(crud.MissingValueError):
        tell(ours, made(ours, "all"), np.ma.array(VALUES + 100, mask=VALUES == 34))
    assert_same(native[...], VALUES)


class Failing(MemoryStore):
    """A store that fails at the tenth chunk that is written, and records all of them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.written: list[str] = []

    def set_sync(self, key: str, value: Any) -> None:
        if key.startswith("c/"):
            self.written.append(key)
            if len(self.written) == 10:
                raise OSError("the disk is full")
        super().set_sync(key, value)


def test_no_chunk_is_begun_after_a_failure() -> None:
    """Catches a thousand more attempts to write to a full disk."""
    store = Failing()
    ours = zarr.create_array(store, shape=4000, chunks=1, dtype="i4", engine="zarrs")
    with pytest.raises(OSError, match="the disk is full"):
        tell(ours, made_all(ours), np.ones(4000, "i4"))
    # As many requests may be under way when the tenth one fails.
    assert len(store.written) <= 10 + most_requests()


def made_all(array: Any) -> BasicIndexer:
    """A selection of every element."""
    return BasicIndexer(..., array.shape, array._async_array._chunk_grid)


class Waiting(AsyncOnlyStore):
    """A store that answers only when the test allows it."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.asked: list[str] = []
        self.answer = asyncio.Event()

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        if key.startswith("c/"):
            self.asked.append(key)
            await asyncio.wait_for(self.answer.wait(), HANG)
        return await super().get(key, *arguments, **options)


def test_a_cancelled_call_ends_what_is_at_work_and_begins_no_more() -> None:
    """Catches a thousand requests for a caller that no longer waits."""
    store = Waiting()
    zarr.create_array(store, shape=1000, chunks=1, dtype="i4")
    ours = zarr.open_array(store, engine="zarrs")

    async def cancelled() -> None:
        inner = ours._async_array
        call = asyncio.ensure_future(inner._get_selection(made_all(ours), prototype=PROTOTYPE))
        while not store.asked:
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.sleep(0)
        store.answer.set()
        with pytest.raises(asyncio.CancelledError):
            await call

    sync(cancelled())
    assert len(store.asked) < 100


def test_a_store_that_reads_arrays_itself_is_waited_for() -> None:
    """Catches a deadlock: calls occupy every worker, and a store needs one for its answer."""
    inner = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2)).with_engine("zarrs")

    class Reading(AsyncOnlyStore):
        async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
            if key.startswith("c/"):
                box = BasicIndexer((0, 0), (7, 5), inner._async_array._chunk_grid)
                await inner._async_array._get_selection(box, prototype=PROTOTYPE)
            return await super().get(key, *arguments, **options)

    store = Reading(MemoryStore())
    zarr.create_array(store, data=VALUES, chunks=(1, 1))
    outer = zarr.open_array(store, engine="zarrs")

    async def many() -> list[Any]:
        reads = [
            outer._async_array._get_selection(made_all(outer), prototype=PROTOTYPE)
            for _ in range(8)
        ]
        async with asyncio.timeout(HANG):
            return await asyncio.gather(*reads)

    for found in sync(many()):
        assert_same(found, VALUES)


@pytest.mark.parametrize("engine", ["zarrs", "reference"])
def test_another_fill_value_than_the_arrays_is_refused(engine: str) -> None:
    """Catches a function that receives changed metadata, and uses the array's."""
    ours = zarr.create_array(MemoryStore(), shape=7, chunks=3, dtype="f4", engine=engine)
    inner = ours._async_array
    changed = replace(inner.metadata, fill_value=np.float32("nan"))
    with pytest.raises(crud.UnsupportedError, match=r"fill value .*nan.* are asked for"):
        sync(
            upstream._get_selection(
                inner.store_path,
                changed,
                inner.codec_pipeline,
                inner.config,
                inner._chunk_grid,
                made_all(ours),
                prototype=PROTOTYPE,
            )
        )


class OneWay(ChunkKeyEncoding):
    """An encoding that cannot be decoded."""

    name = "one_way"

    @classmethod
    def from_dict(cls, data: Any) -> OneWay:
        return cls()

    def to_dict(self) -> Any:
        return {"name": "one_way"}

    def encode_chunk_key(self, chunk_coords: tuple[int, ...]) -> str:
        return "/".join(["deep"] * (chunk_coords[0] + 1) + ["k"])


register_chunk_key_encoding("one_way", OneWay)


def test_auto_leaves_keys_that_nobody_can_read_back() -> None:
    """Catches an error although zarr serves, or an array that is extended and not written."""
    array = zarr.create_array(
        MemoryStore(), shape=7, chunks=3, dtype="i4", chunk_key_encoding={"name": "one_way"}
    )
    ours = array.with_engine("auto")
    ours[...] = np.arange(7)
    ours.append(np.arange(3))
    assert_same(ours[...], np.array([*range(7), *range(3)], "i4"))
    with pytest.raises(crud.UnsupportedError, match="is not the key of a chunk"):
        ask(array.with_engine("reference"), made_all(array))


def test_what_auto_leaves_is_said_once_whatever_the_key(caplog: pytest.LogCaptureFixture) -> None:
    """Catches a log record for every element that is read."""
    _, ours = arrays("format 3", "auto")
    inner = ours._async_array
    out = PROTOTYPE.nd_buffer.from_numpy_array(np.empty((1, 2), "i4"))
    whole = (slice(0, 1), slice(0, 2))
    with caplog.at_level(logging.WARNING, "zarr.crud"):
        for name in ("one", "two"):
            place = inner.store_path / name
            sync(
                inner.codec_pipeline.read(
                    [(place, spec_of(inner, (3, 2)), whole, whole, True)], out
                )
            )
    assert len(caplog.records) == 1


class OwnPath(StorePath):
    """A path object of a library's own class."""


def test_a_place_of_a_class_of_its_own_is_served() -> None:
    """Catches a subclass that is not recognized."""
    _, ours = arrays("format 3", "zarrs")
    inner = ours._async_array
    out = PROTOTYPE.nd_buffer.from_numpy_array(np.empty((3, 2), "i4"))
    whole = (slice(0, 3), slice(0, 2))
    place = OwnPath(inner.store, "c/1/0")
    sync(inner.codec_pipeline.read([(place, spec_of(inner, (3, 2)), whole, whole, True)], out))
    assert_same(out.as_numpy_array(), VALUES[3:6, 0:2])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_chunk_of_fill_values_is_encoded(engine: str) -> None:
    """Catches a `None` for a chunk that is to be encoded, or one that is padded."""
    native, ours = arrays("format 3", engine)
    spec = spec_of(ours._async_array, (3, 2))
    empty = PROTOTYPE.nd_buffer.from_numpy_array(np.zeros((3, 2), ">i4"))
    (data,) = sync(ours._async_array.codec_pipeline.encode([(empty, spec)]))
    (back,) = sync(native._async_array.codec_pipeline.decode([(data, spec)]))
    assert_same(back.as_numpy_array(), np.zeros((3, 2), "i4"))
    small = PROTOTYPE.nd_buffer.from_numpy_array(np.zeros((2, 2), "i4"))
    with pytest.raises(crud.ValueShapeError):
        sync(ours._async_array.codec_pipeline.encode([(small, spec)]))


def test_a_selection_that_no_chunk_has_is_refused() -> None:
    """Catches a bare `IndexError` of NumPy for a selection that adds an axis."""
    _, ours = arrays("format 3", "zarrs")
    axes: Any = (None, slice(0, 3), 0)
    added = ChunkProjection((0, 0), axes, (slice(0, 1),), False)
    with pytest.raises(crud.UnsupportedError, match="selects nothing that a chunk has"):
        ask(ours, Duck((1, 3), [added]))
