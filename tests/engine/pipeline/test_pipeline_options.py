"""Options for accesses that bypass the methods of arrays: the same as for the methods."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import numpy as np
import pytest

import zarr
from tests.engine.indexers import ENGINES, VALUES, arrays, ask, made, spec_of, tell
from tests.patience import HANG
from zarr import crud
from zarr.core.sync import sync
from zarr.crud.reference import ReferenceBackend
from zarr.crud.testing import assert_same
from zarr.errors import ChunkNotFoundError
from zarr.storage import MemoryStore

WAYS = pytest.mark.parametrize("way", ["configured", "given"])


def settings_of(array: Any, way: str, **options: Any) -> tuple[Any, dict[str, Any]]:
    """The options to give to the array, and the settings to configure."""
    if way == "given":
        return array.with_config({"engine_options": options}), {}
    return array, {"array.engine_options": options}


@WAYS
@pytest.mark.parametrize("engine", ENGINES)
def test_missing_chunks_are_what_the_options_say(engine: str, way: str) -> None:
    """Catches lost chunks that read as zeros when the methods are bypassed, or the reverse."""
    native = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i4")
    native[0, 0] = 5
    plain = native.with_engine(engine)
    strict = plain.with_config({"read_missing_chunks": False})
    for array in (plain, strict):
        raising, settings = settings_of(array, way, missing_chunks="error")
        with zarr.config.set(settings), pytest.raises(ChunkNotFoundError):
            ask(raising, made(raising, "all"))
    # A setting that was given to an array precedes an option that is configured.
    with pytest.raises(ChunkNotFoundError, match="8 chunk"):
        ask(strict, made(strict, "all"))
    filling, settings = settings_of(plain, way, missing_chunks="fill")
    with zarr.config.set(settings | {"array.read_missing_chunks": False}):
        assert_same(ask(filling, made(filling, "all")), native[...])
        assert_same(ask(filling, made(filling, "rows")), native.oindex[np.array([6, 0, 3])])


@pytest.mark.parametrize("engine", ENGINES)
def test_statuses_are_told_where_nobody_chose_otherwise(engine: str) -> None:
    """Catches an error for a caller of the pipeline that needs to know which chunks are stored."""
    native = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i4")
    native[0, 0] = 5
    for strict in (True, False):
        array = native.with_engine(engine).with_config({"read_missing_chunks": strict})
        inner = array._async_array
        spec = spec_of(inner, (3, 2))
        out = spec.prototype.nd_buffer.from_numpy_array(np.ones((6, 2), "i4"))
        whole = (slice(0, 3), slice(0, 2))
        places = [
            (inner.store_path / "c/0/0", spec, whole, whole, True),
            (inner.store_path / "c/1/0", spec, whole, (slice(3, 6), slice(0, 2)), True),
        ]
        found = sync(inner.codec_pipeline.read(places, out))
        assert [result["status"] for result in found] == ["present", "missing"]
        assert_same(out.as_numpy_array()[3:], np.zeros((3, 2), "i4"))


@WAYS
@pytest.mark.parametrize("engine", ENGINES)
def test_the_budget_is_that_of_the_whole_result(engine: str, way: str) -> None:
    """Catches a result that is larger than allowed because each of its chunks is small."""
    _, ours = arrays("format 3", engine)
    for budget, is_enough in ((VALUES.nbytes, True), (VALUES.nbytes - 1, False)):
        array, settings = settings_of(ours, way, decoded_size_budget=budget)
        with zarr.config.set(settings):
            if is_enough:
                assert_same(ask(array, made(array, "all")), VALUES)
                continue
            with pytest.raises(crud.DecodedSizeError, match=f"takes {VALUES.nbytes} bytes"):
                ask(array, made(array, "all"))


class Meeting(ReferenceBackend):
    """A backend that makes calls wait for each other, and records the threads that each may use."""

    name: ClassVar[str] = "meeting"

    def __init__(self, expected: int) -> None:
        self.barrier = threading.Barrier(expected)
        self.threads: set[int] = set()
        self.each: set[int | None] = set()

    def meet(self, options: crud.Options) -> None:
        self.barrier.wait(HANG)
        self.threads.add(threading.get_ident())
        self.each.add(options.concurrency)

    def read_region(self, *args: Any, options: crud.Options, **kwargs: Any) -> Any:
        self.meet(options)
        return super().read_region(*args, options=options, **kwargs)

    def write_region(self, *args: Any, options: crud.Options, **kwargs: Any) -> Any:
        self.meet(options)
        return super().write_region(*args, options=options, **kwargs)

    def read_chunk(self, *args: Any, options: crud.Options, **kwargs: Any) -> Any:
        self.meet(options)
        return super().read_chunk(*args, options=options, **kwargs)

    def write_chunk(self, *args: Any, options: crud.Options, **kwargs: Any) -> Any:
        self.meet(options)
        return super().write_chunk(*args, options=options, **kwargs)


@WAYS
@pytest.mark.parametrize(("concurrency", "at_once", "each"), [(1, 1, 1), (3, 3, 1), (30, 10, 3)])
def test_a_call_uses_no_more_threads_than_it_may(
    way: str, concurrency: int, at_once: int, each: int
) -> None:
    """Catches ten chunks at once, or each with all the threads of the call."""
    backend = Meeting(at_once)
    native = zarr.create_array(MemoryStore(), data=np.arange(20), chunks=2)
    count = 10 - 10 % at_once
    array, settings = settings_of(native.with_engine(backend), way, concurrency=concurrency)
    inner = array._async_array
    spec = spec_of(inner, (2,))
    pipeline, index = inner.codec_pipeline, zarr.core.indexing.BasicIndexer
    indexer = index(slice(0, 2 * count), array.shape, inner._chunk_grid)
    chunks = [spec.prototype.nd_buffer.from_numpy_array(np.arange(2)) for _ in range(count)]
    with zarr.config.set(settings):
        ask(array, indexer)
        tell(array, indexer, np.ones(2 * count, "i8"))
        encoded = sync(pipeline.encode([(chunk, spec) for chunk in chunks]))
        decoded = sync(pipeline.decode([(data, spec) for data in encoded]))
    assert all((chunk.as_numpy_array() == np.arange(2)).all() for chunk in decoded)
    assert backend.each == {each}
