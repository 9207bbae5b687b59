"""Many regions in one call: each chunk once, whatever requests it."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from tests.patience import in_thread, join
from zarr import crud
from zarr.crud.testing import CountingStore, FailingStore, assert_same
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)
OVERLAPPING: list[Any] = [
    (slice(0, 5), slice(1, 4)),
    (4, slice(0, 5)),
    (slice(6, 0, -2), slice(4, 0, -1)),
    (5, 4),
    ...,
    (slice(2, 2), slice(0, 5)),
]


@pytest.fixture
def filled(store: Store) -> Store:
    """A store that contains the values."""
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="reference", detached=True)
    return store


@pytest.mark.parametrize("shards", [None, (6, 4)])
@pytest.mark.parametrize("compressors", [None, "auto"])
def test_a_chunk_of_many_requests_is_read_once(
    engine: str, shards: tuple[int, int] | None, compressors: Any
) -> None:
    """Catches a chunk that is fetched for each of the requests that touch it."""
    store = CountingStore()
    keywords: dict[str, Any] = {"chunks": (3, 2), "shards": shards, "compressors": compressors}
    document = zarr.create_array(store, data=VALUES, **keywords).metadata
    store.calls.clear()
    crud.read_region(document, store, engine=engine, detached=True)
    alone = len(store.calls)
    store.calls.clear()
    found = crud.read_regions(
        [(document, store, selection) for selection in OVERLAPPING], engine=engine, detached=True
    )
    for selection, result in zip(OVERLAPPING, found, strict=True):
        assert_same(np.asarray(result), np.asarray(VALUES[selection]))
    if engine == "zarrs":
        assert len(store.calls) == alone


def test_requests_may_be_of_several_arrays_and_stores(engine: str, tmp_path: Path) -> None:
    """Catches results in the order of the arrays instead of that of the requests."""
    first, second = MemoryStore(), LocalStore(tmp_path)
    requests, expected = [], []
    for number, (store, name, dtype) in enumerate(
        [(first, "a", "f4"), (second, "b", "i8"), (first, "c", "f2"), (second, "d", "u1")]
    ):
        values = (np.arange(60) + number).astype(dtype).reshape(5, 12)
        zarr.create_array(store, name=name, data=values, chunks=(2, 5))
        document = crud.read_metadata(store, path=name)
        for selection in (slice(1, 4), (slice(None), 7), (4, 11)):
            requests.append((document, store, selection))
            expected.append(values[selection])
    order = np.random.default_rng(0).permutation(len(requests))
    found = crud.read_regions([requests[place] for place in order], engine=engine)
    for place, result in zip(order, found, strict=True):
        assert_same(np.asarray(result), np.asarray(expected[place]))
        assert np.ndim(result) == np.ndim(expected[place])


def test_results_go_to_parts_of_one_array(engine: str, filled: Store) -> None:
    """Catches elements beside the given part, or a new array where one is given."""
    room = np.full((4, 12), -7, "i2")
    requests = [(DOCUMENT, filled, (n, slice(None))) for n in range(4)]
    outs = [room[n, 1:11:2] for n in range(3)]
    found = crud.read_regions(requests, out=[*outs, None], engine=engine, detached=True)
    assert all(a is b for a, b in zip(found, outs, strict=False))
    assert_same(room[:3, 1:11:2], VALUES[:3])
    assert np.count_nonzero(room == -7) == room.size - 15
    assert_same(np.asarray(found[3]), VALUES[3])


def test_where_results_overlap_the_later_request_stays(engine: str, filled: Store) -> None:
    """Catches elements of an earlier request, which depend on the order of threads."""
    room = np.zeros(8, "i2")
    outs = [room[0:5], room[3:8], room[1:6]]
    requests = [(DOCUMENT, filled, (n, slice(None))) for n in (0, 1, 2)]
    crud.read_regions(requests, out=outs, engine=engine, detached=True)
    assert_same(room, np.array([0, 10, 11, 12, 13, 14, 8, 9], "i2"))


@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_a_chunk_of_many_writes_is_replaced_once(
    engine: str, shards: tuple[int, int] | None
) -> None:
    """Catches a chunk that is stored for each request, and elements of an earlier one."""
    store = CountingStore()
    document = zarr.create_array(
        store, shape=(7, 5), dtype="i2", chunks=(3, 2), shards=shards, fill_value=-9
    ).metadata
    expected = np.full((7, 5), -9, "i2")
    expected[0], expected[:, 1], expected[2:4, 1:3] = 1, np.arange(7), [[5, 6], [7, 8]]
    requests = [
        (document, store, 0),
        (document, store, (slice(None), 1)),
        (document, store, (slice(2, 4), slice(1, 3))),
    ]
    store.calls.clear()
    crud.write_regions(requests, [1, np.arange(7), [[5, 6], [7, 8]]], engine=engine)
    assert_same(crud.read_region(document, store, engine="reference"), expected)
    if engine == "zarrs":
        sets = [key for call, key in store.calls if call == "set"]
        assert len(sets) == len(set(sets))


def test_many_elements_of_one_chunk_by_threads_are_all_kept(engine: str, store: Store) -> None:
    """Catches updates that are lost between calls with many requests."""
    array = zarr.create_array(store, shape=(64, 8), dtype="i2", chunks=(64, 8))
    document = array.metadata

    def write(row: int) -> None:
        requests = [(document, store, (row, n)) for n in range(8)]
        crud.write_regions(requests, [row * 8 + n for n in range(8)], engine=engine, detached=True)

    threads = [in_thread(partial(write, row)) for row in range(64)]
    for thread in threads:
        join(thread)
    found = crud.read_region(document, store, engine="reference", detached=True)
    assert_same(found, np.arange(512, dtype="i2").reshape(64, 8))


def test_an_error_names_its_request(engine: str, filled: Store) -> None:
    """Catches an error of one among thousands of requests that does not say of which."""
    requests: list[Any] = [(DOCUMENT, filled, n) for n in range(3)]
    with pytest.raises(IndexError) as caught:
        crud.read_regions([*requests, (DOCUMENT, filled, 7)], engine=engine, detached=True)
    assert caught.value.__notes__ == ["in request 3"]
    with pytest.raises(crud.ValueShapeError) as wrong:
        crud.read_regions(
            requests, out=[None, np.zeros(4, "i2"), None], engine=engine, detached=True
        )
    assert wrong.value.__notes__ == ["in request 1"]
    with pytest.raises(crud.ValueShapeError) as wrong:
        crud.write_regions(requests, [1, 2, [1, 2, 3]], engine=engine, detached=True)
    assert wrong.value.__notes__ == ["in request 2"]
    assert_same(crud.read_region(DOCUMENT, filled, detached=True), VALUES)


def test_a_damaged_chunk_names_the_requests_that_touch_it(engine: str, filled: Store) -> None:
    """Catches all requests of an array, or none, as those of a damaged chunk."""
    crud.write_encoded_chunk(DOCUMENT, filled, (2, 0), b"short", detached=True)
    requests = [(DOCUMENT, filled, n) for n in (0, 6, 5)]
    with pytest.raises(crud.DecodeError, match="c/2/0") as caught:
        crud.read_regions(requests, engine=engine, detached=True)
    assert caught.value.__notes__ == ["in request 1"]


def test_a_file_that_cannot_be_opened_names_the_requests_that_touch_it(
    engine: str, tmp_path: Path
) -> None:
    """Catches an error of the operating system that is about all requests of an array."""
    store = LocalStore(tmp_path)
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="reference", detached=True)
    (tmp_path / "c/2/0").unlink()
    (tmp_path / "c/2/0").symlink_to("0")  # a loop
    requests = [(DOCUMENT, store, n) for n in (0, 6, 5)]
    with pytest.raises(OSError, match="c/2/0") as caught:
        crud.read_regions(requests, engine=engine, detached=True)
    assert caught.value.__notes__ == ["in request 1"]


def test_a_stores_exception_is_the_same_object(engine: str) -> None:
    """Catches an exception of a store that is replaced, or loses its place among the requests."""
    failure = OSError("no")
    failing = FailingStore(failure, on="get")
    fine = MemoryStore()
    requests = [(DOCUMENT, fine, 0), (DOCUMENT, failing, 0)]
    out = [np.zeros(5, "i2"), np.full(5, -7, "i2")]
    with pytest.raises(OSError, match="no") as caught:
        crud.read_regions(requests, out=out, engine=engine, detached=True)
    assert caught.value is failure
    assert "in request 1" in failure.__notes__
    assert_same(out[1], np.full(5, -7, "i2"))


def test_a_node_that_does_not_exist_is_an_error(engine: str, store: Store) -> None:
    """Catches fill values of a mistyped path among requests of other arrays."""
    document = zarr.create_array(store, name="a", data=VALUES, chunks=(3, 2)).metadata
    with pytest.raises(zarr.errors.NodeNotFoundError, match="b"):
        crud.read_regions([(document, store, 0, "a"), (document, store, 0, "b")], engine=engine)
    with pytest.raises(zarr.errors.NodeNotFoundError, match="b"):
        crud.write_regions(
            [(document, store, 0, "a"), (document, store, 0, "b")], [1, 1], engine=engine
        )
    assert_same(crud.read_region(document, store, path="a"), VALUES)


def test_thousands_of_new_arrays_are_read(engine: str) -> None:
    """Catches a look-up of each document inside that of the one before."""
    store = MemoryStore()
    document = zarr.create_array(store, name="0", data=VALUES, chunks=(3, 2)).metadata
    for n in range(1, 300):
        zarr.create_array(store, name=str(n), data=VALUES + n, chunks=(3, 2))
    found = crud.read_regions(
        [(document, store, (3, 3), str(n)) for n in range(300)], engine=engine
    )
    assert found == [VALUES[3, 3] + n for n in range(300)]


@pytest.mark.parametrize("given", [5, (DOCUMENT,), [DOCUMENT, "store"]])
def test_what_is_no_request_is_refused(given: Any) -> None:
    """Catches a request that is unpacked although it is none."""
    with pytest.raises(TypeError, match="request 0 is"):
        crud.read_regions([given])


def test_arguments_of_another_length_are_refused(filled: Store) -> None:
    """Catches requests that are dropped because there are fewer values."""
    requests = [(DOCUMENT, filled, 0), (DOCUMENT, filled, 1)]
    with pytest.raises(crud.ValueShapeError, match="out has 1 items for 2 requests"):
        crud.read_regions(requests, out=[None], detached=True)
    with pytest.raises(crud.ValueShapeError, match="values has 3 items for 2 requests"):
        crud.write_regions(requests, [1, 2, 3], detached=True)
    assert crud.read_regions([]) == []
    crud.write_regions([], [])


def test_requests_are_awaited(engine: str, filled: Store) -> None:
    """Catches a twin that does something else."""
    requests = [(DOCUMENT, filled, n) for n in range(7)]

    async def both() -> Any:
        await crud.write_regions_async([requests[0]], [3], engine=engine, detached=True)
        return await crud.read_regions_async(requests, engine=engine, detached=True)

    expected = VALUES.copy()
    expected[0] = 3
    assert_same(np.stack(asyncio.run(both())), expected)


def test_variable_length_text_is_read_and_written(engine: str, store: Store) -> None:
    """Catches elements of variable length that belong to another request."""
    words = np.array([f"w{n}" * (n % 4) for n in range(35)], dtype="T").reshape(7, 5)
    document = zarr.create_array(store, shape=(7, 5), dtype=str, chunks=(3, 2)).metadata
    requests = [(document, store, n) for n in (0, 3, 6)]
    crud.write_regions(requests, [words[0], words[3], words[6]], engine=engine)
    found = crud.read_regions(requests, engine=engine)
    for row, result in zip((0, 3, 6), found, strict=True):
        assert np.asarray(result).tolist() == words[row].tolist()


def test_reads_by_many_threads_agree(engine: str, filled: Store) -> None:
    """Catches memory of one call that another one fills."""
    failed: list[Any] = []
    start = threading.Barrier(8)

    def read() -> None:
        start.wait()
        for _ in range(20):
            found = crud.read_regions(
                [(DOCUMENT, filled, s) for s in OVERLAPPING], engine=engine, detached=True
            )
            for selection, result in zip(OVERLAPPING, found, strict=True):
                if not np.array_equal(result, VALUES[selection]):
                    failed.append(selection)

    threads = [in_thread(read) for _ in range(8)]
    for thread in threads:
        join(thread)
    assert failed == []
