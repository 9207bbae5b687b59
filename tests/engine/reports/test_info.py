"""Which engine serves an array, why, and how often: `"auto"`, `engine_info`, `with_engine`."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.backends.test_registry import Recording
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.patience import HANG
from zarr import crud
from zarr.core.buffer.cpu import Buffer, NDBuffer
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import MemoryStore
from zarr.zarrs import ZarrsBackend

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def array(engine: str) -> Any:
    """A ragged array with that engine."""
    written = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))
    return written.with_engine(engine)


def test_auto_takes_the_best_engine_and_counts() -> None:
    """Catches an operation that is counted twice, or for an engine that did not serve it."""
    ours = array("auto")
    assert ours.engine == "auto"
    assert ours.engine_info().serves == "zarrs"
    assert ours.engine_info().operations == {}
    ours[0] = 1
    ours.vindex[[0, 1], [1, 2]]
    ours[[1, 2]] = 3
    assert ours[...].sum() > 0
    assert ours.engine_info().operations == {"zarrs": 4}


def test_auto_says_why_it_passes_the_reference_over() -> None:
    """Catches a verdict that the reference serves, although zarr-python's own path does."""
    store = MemoryStore()
    crud.create(SERVED_BY_NOBODY, store)
    for engine in ("auto", "zarr"):
        verdict = array(engine).engine_info().verdicts["reference"]
        assert verdict.serves
        assert ("negative preference" in (verdict.reason or "")) == (engine == "auto")
    refused = zarr.open_array(store, config={"engine": "auto"}).engine_info()
    assert refused.serves == "zarr"
    assert not refused.verdicts["reference"].serves
    assert "negative preference" not in (refused.verdicts["reference"].reason or "")


def test_auto_falls_back_to_the_native_path_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Catches a fallback that fails in a dialect, or is logged twice for an array and a reason."""
    store = MemoryStore()
    crud.create(SERVED_BY_NOBODY, store)
    native = zarr.open_array(store)
    ours: Any = zarr.open_array(store, config={"engine": "auto"})
    with caplog.at_level(logging.WARNING, logger="zarr.crud"):
        ours[...] = VALUES
        assert_same(ours[...], VALUES)
        assert_same(ours[2:5, 1], VALUES[2:5, 1])
        assert_same(ours.oindex[[0, 2], :], VALUES[[0, 2]])
        ours.vindex[[0, 1], [1, 2]] = 9
        ours.append(np.ones((1, 5), "i2"))
        assert asyncio.run(ours.async_array.getitem((0, 0))) == 0
    assert_same(ours[...], zarr.open_array(store)[...])
    assert native.shape == (7, 5)
    info = ours.engine_info()
    assert info.serves == "zarr"
    assert set(info.operations) == {"zarr"}
    # Six calls, the write by the append, and the read above.
    assert info.operations["zarr"] == 8
    assert not info.verdicts["zarrs"].serves
    refusals = [record.getMessage() for record in caplog.records]
    assert len(refusals) == 1 + 1
    assert all("'zarr' serves it" in text for text in refusals)


def test_auto_leaves_foreign_buffers_to_the_native_path() -> None:
    """Catches an engine that serves a buffer of another device, which only upstream can."""

    class Other(NDBuffer):
        pass

    prototype = zarr.core.buffer.core.BufferPrototype(Buffer, Other)
    ours = array("auto")
    assert_same(ours.get_basic_selection(..., prototype=prototype), VALUES)
    assert ours.engine_info().operations == {"zarr": 1}
    with pytest.raises(crud.UnsupportedError, match="NumPy arrays only"):
        array("zarrs").get_basic_selection(..., prototype=prototype)


def test_with_engine_leaves_the_array_as_it_is(engine: str) -> None:
    """Catches an array that changes, or a refusing or missing engine that is accepted."""
    native = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))
    ours = native.with_engine(engine)
    assert (native.engine, ours.engine) == ("zarr", engine)
    ours[0, 0] = 99
    assert native[0, 0] == 99
    assert ours.with_engine("zarr").engine == "zarr"
    assert native.async_array.with_engine(engine).engine == engine
    with pytest.raises(crud.UnknownBackendError):
        native.with_engine("no such")
    other = MemoryStore()
    crud.create(SERVED_BY_NOBODY, other)
    with pytest.raises(crud.UnsupportedError, match="codec"):
        zarr.open_array(other).with_engine(engine)


def test_engine_info_tells_what_every_engine_would_say() -> None:
    """Catches a verdict that needs I/O, or that a native array lacks."""
    native = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))
    verdicts = native.engine_info().verdicts
    assert native.engine_info() == ("zarr", "zarr", verdicts, {}, False, crud.Options(), None)
    with crud.register_backend(Recording("not today")):
        verdicts = native.async_array.engine_info().verdicts
    assert verdicts["recording"] == crud.Verdict(serves=False, reason="not today")
    assert verdicts["zarrs"].serves


def test_engine_info_tells_what_the_cache_of_chunks_holds() -> None:
    """Catches counts of another engine's cache, or counts where none was asked for."""
    array: Any = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2), engine="zarrs")
    given = {"engine_options": {"chunk_cache": 1 << 20, "immutable_store": True}}
    assert array.engine_info().chunk_cache is None
    zarr.zarrs.chunk_cache_clear()
    cached = array.with_config(given)
    assert [int(cached[0, 0]) for _ in range(3)] == [VALUES[0, 0]] * 3
    info = cached.engine_info()
    assert info.chunk_cache == zarr.zarrs.chunk_cache_info()._asdict()
    assert (info.chunk_cache["hits"], info.chunk_cache["misses"]) == (2, 1)
    assert info.verdicts["zarrs"].chunk_cache == "used"
    assert info.options.chunk_cache == 1 << 20
    assert cached.with_engine("reference").engine_info().chunk_cache is None
    assert cached.with_engine(ZarrsBackend()).engine_info().chunk_cache == info.chunk_cache
    zarr.zarrs.chunk_cache_clear()


async def test_as_many_asynchronous_reads_as_there_are_threads_do_not_wait_for_each_other() -> None:
    """Catches a deadlock: calls occupy the threads that the store's coroutines need."""

    class NeedsThreads(AsyncOnlyStore):
        async def get(self, *args: Any, **kwargs: Any) -> Any:
            await asyncio.to_thread(lambda: None)
            return await super().get(*args, **kwargs)

    store = NeedsThreads()
    written = await zarr.api.asynchronous.create_array(store, data=VALUES, chunks=(3, 2))
    for engine in ("reference", "zarrs"):
        reads = [written.with_engine(engine).getitem(...) for _ in range(80)]
        async with asyncio.timeout(HANG):
            for found in await asyncio.gather(*reads):
                assert_same(found, VALUES)
