"""Reading a stream of regions: the same elements as in one call, within the memory of a few."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.streams.gated import gated
from tests.crud.test_document import document_members
from tests.patience import wait_for
from zarr import crud
from zarr.crud.testing import CountingStore, assert_same
from zarr.storage import LocalStore, MemoryStore, ZipStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)
AHEADS = [0, 1, 13, 64, 2**63 - 1]


def streamed(
    document: Any, store: Any, **arguments: Any
) -> list[tuple[tuple[slice, ...], np.ndarray[Any, Any]]]:
    """The regions of a stream in the order of their places."""
    found = list(crud.iter_chunks(document, store, **arguments))
    return sorted(found, key=lambda one: [part.start for part in one[0]])


@pytest.fixture
def filled(store: Store) -> Store:
    """A store that contains the values."""
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="reference", detached=True)
    return store


@pytest.mark.parametrize("ahead", AHEADS)
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("by", ["chunk", "shard", (2, 5), (1, 1), (100, 100)])
def test_a_region_reads_as_what_is_yielded_for_it(
    engine: str, filled: Store, by: Any, ordered: bool, ahead: int
) -> None:
    """Catches elements of another region, lost regions, and scalars in place of arrays."""
    seen = np.zeros(VALUES.shape, int)
    arguments: dict[str, Any] = {"ahead": ahead, "ordered": ordered, "engine": engine}
    for region, array in streamed(DOCUMENT, filled, by=by, detached=True, **arguments):
        assert all(part == slice(part.start, part.stop) for part in region)
        assert_same(array, VALUES[region])
        read = crud.read_region(DOCUMENT, filled, region, engine=engine, detached=True)
        assert_same(array, np.asarray(read))
        seen[region] += 1
    assert (seen == 1).all()


ARRAYS: dict[str, dict[str, Any]] = {
    "format 2": {"zarr_format": 2, "chunks": (3, 2), "order": "F"},
    "big-endian": {"zarr_format": 2, "chunks": (3, 2), "dtype": ">i4"},
    "sharded": {"chunks": (1, 2), "shards": (3, 4)},
    "sharded, compressed": {"chunks": (3, 2), "shards": (6, 4), "compressors": "auto"},
    "strings": {"chunks": (3, 2), "dtype": "U5"},
    "variable strings": {"chunks": (3, 2), "dtype": str},
    "floats": {"chunks": (2, 3), "dtype": "f4", "fill_value": np.nan},
    "whole": {"chunks": (7, 5)},
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("by", ["chunk", "shard", (4, 3)])
@pytest.mark.parametrize("selection", [..., (slice(1, 6), slice(1, 2)), (-1, slice(3, None))])
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_arrays_of_every_kind_are_streamed(engine: str, name: str, by: Any, selection: Any) -> None:
    """Catches what only plain arrays have: their byte order, their grid, their element size."""
    members = {"dtype": "i4", "compressors": None} | ARRAYS[name]
    store = MemoryStore()
    array = zarr.create_array(store, shape=(7, 5), **members)
    values = VALUES.astype(array.dtype)
    array[:5] = values[:5]
    expected = np.asarray(array[...])
    document = crud.read_metadata(store)
    seen = np.zeros(VALUES.shape, int)
    for region, found in streamed(document, store, selection=selection, by=by, engine=engine):
        assert_same(found, np.asarray(crud.read_region(document, store, region)))
        assert np.array_equal(found, expected[region], equal_nan=array.dtype.kind == "f")
        seen[region] += 1
    wanted = np.zeros(VALUES.shape, int)
    wanted[selection] = 1
    assert np.array_equal(seen, wanted)


def test_chunks_of_any_extent_are_streamed(engine: str) -> None:
    """Catches a grid that is taken to be regular."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        array = zarr.create_array({}, shape=(7, 5), chunks=[[1, 4, 2], [3, 2]], dtype="i2")
        array[...] = VALUES
        found = streamed(array.metadata, array.store, engine=engine)
        assert [tuple(part.start for part in region) for region, _ in found] == [
            *((0, 0), (0, 3), (1, 0), (1, 3), (5, 0), (5, 3)),
        ]
        assert all(np.array_equal(values, VALUES[region]) for region, values in found)


@pytest.mark.parametrize("ahead", [0, 100])
def test_rank_0_is_one_array_and_no_elements_are_none(engine: str, ahead: int) -> None:
    """Catches a scalar, and an empty array."""
    point = zarr.create_array({}, shape=(), dtype="f8")
    point[...] = 4.5
    ((region, value),) = streamed(point.metadata, point.store, engine=engine, ahead=ahead)
    assert region == ()
    assert_same(value, np.array(4.5))
    empty = zarr.create_array({}, shape=(0, 5), chunks=(3, 2), dtype="i2")
    assert streamed(empty.metadata, empty.store, engine=engine, ahead=ahead) == []
    some = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2")
    assert streamed(some.metadata, some.store, selection=slice(3, 3), ahead=ahead) == []


def test_chunks_come_in_order(engine: str, filled: Store) -> None:
    """Catches regions in the order in which their reads end."""
    found = [region for region, _ in crud.iter_chunks(DOCUMENT, filled, ahead=40, detached=True)]
    starts = [tuple(part.start for part in region) for region in found]
    assert starts == sorted(starts)
    assert len(starts) == 9


def test_arrays_belong_to_the_caller(engine: str, filled: Store) -> None:
    """Catches arrays that share memory with each other, or change when the stream goes on."""
    kept = [
        array
        for _, array in crud.iter_chunks(
            DOCUMENT, filled, by=(1, 2), ahead=16, engine=engine, detached=True
        )
    ]
    for array in kept:
        assert array.flags.writeable
        assert array.flags.c_contiguous
        array[...] = -1
    assert not any(np.shares_memory(a, b) for a, b in pairwise(kept))
    assert_same(np.asarray(crud.read_region(DOCUMENT, filled, detached=True)), VALUES)


WRONG: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"ahead": -1}, ValueError),
    ({"ahead": 2**63}, ValueError),
    ({"ahead": True}, TypeError),
    ({"ahead": 1.0}, TypeError),
    ({"by": "chunks"}, ValueError),
    ({"by": (3,)}, ValueError),
    ({"by": 3}, TypeError),
    ({"ordered": "no"}, TypeError),
    ({"selection": slice(0, 7, 2)}, IndexError),
    ({"selection": [0, 1]}, IndexError),
    ({"selection": 9}, zarr.errors.BoundsCheckError),
    ({"engine": "none"}, crud.UnknownBackendError),
    ({"options": crud.Options(decoded_size_budget=1)}, crud.DecodedSizeError),
]


@pytest.mark.parametrize(("arguments", "error"), WRONG)
@pytest.mark.parametrize("function", [crud.iter_chunks, crud.iter_chunks_async])
def test_arguments_are_checked_by_the_call(function: Any, arguments: Any, error: Any) -> None:
    """Catches an error that comes at the first `next`, far from the mistake."""
    store = CountingStore()
    with pytest.raises(error):
        function(DOCUMENT, store, detached=True, **arguments)
    assert store.calls == []


def test_nothing_is_read_before_the_first_next(engine: str) -> None:
    """Catches reads for a stream that nobody iterates."""
    store = CountingStore()
    stream = crud.iter_chunks(DOCUMENT, store, engine=engine, detached=True)
    assert store.calls == []
    next(stream)
    assert store.calls


def test_an_array_that_is_missing_is_an_error_before_any_region(engine: str, store: Store) -> None:
    """Catches fill values for a mistyped path."""
    for ordered in (True, False):
        stream = crud.iter_chunks(
            DOCUMENT, store, path="none", ahead=64, ordered=ordered, engine=engine
        )
        with pytest.raises(zarr.errors.NodeNotFoundError):
            next(stream)
        assert list(stream) == []


def test_the_next_regions_are_read_while_the_caller_works(engine: str) -> None:
    """Catches a stream that reads only while its consumer waits."""
    store = gated()
    stream = crud.iter_chunks(DOCUMENT, store, ahead=24, engine=engine, detached=True)
    region, _ = next(stream)
    assert region == (slice(0, 3), slice(0, 2))
    wait_for(lambda: len(store.asked) > 1, "a read beside the consumer")
    store.is_open.set()
    assert len(list(stream)) == 8


def test_no_more_than_ahead_is_read(engine: str) -> None:
    """Catches a stream that reads the whole array while its consumer works."""
    store, at_most = gated(), 2
    store.is_open.set()
    # 12 bytes are a chunk.
    stream = crud.iter_chunks(
        DOCUMENT, store, (slice(0, 6), slice(0, 4)), ahead=24, engine=engine, detached=True
    )
    for number, _ in enumerate(stream, 1):
        assert len(store.asked) <= number + at_most
    assert sorted(store.asked) == ["c/0/0", "c/0/1", "c/1/0", "c/1/1"]


def test_with_no_bytes_ahead_each_region_is_read_when_asked_for(engine: str) -> None:
    """Catches reads in other threads, or ahead, that were turned off."""
    threads: set[int] = set()

    class Watched(CountingStore):
        def get_sync(self, key: str, **options: Any) -> Any:
            threads.add(threading.get_ident())
            return super().get_sync(key, **options)

    store = Watched()
    one = crud.Options(concurrency=1)
    stream = crud.iter_chunks(DOCUMENT, store, ahead=0, engine=engine, detached=True, options=one)
    for number, _ in enumerate(stream, 1):
        assert len(store.calls) == number
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("by", ["chunk", (2, 3)])
def test_each_chunk_is_fetched_once_where_one_call_has_it(engine: str, by: Any) -> None:
    """Catches a shard that is fetched for each of its subchunks, a chunk for each region."""
    store = CountingStore()
    keywords: dict[str, Any] = {"chunks": (1, 1), "shards": (3, 5), "compressors": None}
    array = zarr.create_array(store, data=VALUES, **keywords)
    crud.read_region(array.metadata, store, engine=engine)
    store.calls.clear()
    crud.read_region(array.metadata, store, engine=engine)
    alone = len(store.calls)
    store.calls.clear()
    found = streamed(array.metadata, store, by=by, engine=engine)
    assert all(np.array_equal(values, VALUES[region]) for region, values in found)
    if engine == "zarrs":
        assert len(store.calls) <= 2 * alone


def test_groups_begin_with_a_new_chunk(engine: str) -> None:
    """Catches rows of blocks that decode the chunks of two groups twice."""
    store = CountingStore()
    array = zarr.create_array(
        store, data=np.arange(240).reshape(24, 10), chunks=(6, 10), compressors=None
    )
    store.calls.clear()
    # Rows of 80 bytes; four of them in a group would cut a chunk, three do not.
    found = streamed(array.metadata, store, by=(2, 10), ahead=4 * 4 * 160, engine=engine)
    assert len(found) == 12
    if engine == "zarrs":
        assert sorted(key for _, key in store.calls if "c/" in key) == [
            f"c/{n}/0" for n in range(4)
        ]


def test_no_event_loop_is_touched(engine: str, tmp_path: Path) -> None:
    """Catches a stream of a synchronous store that needs zarr's loop and its thread."""
    zarr.create_array(tmp_path, data=VALUES, chunks=(3, 2))
    program = (
        "import sys, zarr, zarr.core.sync as sync\n"
        "from zarr import crud\n"
        "root, engine = sys.argv[1:]\n"
        "d = crud.read_metadata(root, engine=engine)\n"
        "crud.write_chunks(d, root, crud.iter_chunks(d, root, engine=engine), engine=engine)\n"
        "assert sync.loop == [None] and sync.iothread == [None]\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path), engine], check=True)


async def test_the_asynchronous_variant_yields_the_same(engine: str, filled: Store) -> None:
    """Catches a variant that blocks the loop, or loses regions."""
    for ahead in AHEADS:
        for ordered in (True, False):
            stream = crud.iter_chunks_async(
                DOCUMENT, filled, ahead=ahead, ordered=ordered, engine=engine, detached=True
            )
            seen = np.zeros(VALUES.shape, int)
            async for region, array in stream:
                assert_same(array, VALUES[region])
                seen[region] += 1
            assert (seen == 1).all()


def test_a_zip_archive_is_streamed(engine: str, tmp_path: Path) -> None:
    """Catches an archive that is used by two threads at a time."""
    with ZipStore(tmp_path / "a.zip", mode="w") as store:
        zarr.create_array(store, data=VALUES, chunks=(3, 2))
    with ZipStore(tmp_path / "a.zip", mode="r") as store:
        document = crud.read_metadata(store)
        found = streamed(document, store, by=(1, 1), ahead=8, engine=engine)
        assert sum(int(array.sum()) for _, array in found) == VALUES.sum()


def test_results_of_large_regions_are_reused(tmp_path: Path) -> None:
    """Catches a run over an array that takes new memory from the system for each region."""
    values = np.zeros((24, 1 << 22), "u1")
    array = zarr.create_array(LocalStore(tmp_path), data=values, chunks=(1, 1 << 22))
    stream = crud.iter_chunks(array.metadata, array.store, ahead=8 << 20, engine="zarrs")
    places = {array.__array_interface__["data"][0] for _, array in stream}
    assert len(places) < 12
