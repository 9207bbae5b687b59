"""Writing a stream of regions: nothing lost, in order, and an account of what is written."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from tests.patience import A_WHILE, HANG, in_thread, wait_for
from zarr import crud
from zarr.crud._stores.location import locate
from zarr.crud.backends import hold
from zarr.crud.testing import CountingStore, assert_same
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from zarr.abc.store import Store

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)
AHEADS = [0, 1, 13, 64, 2**63 - 1]


def read(store: Any, document: Any = DOCUMENT) -> np.ndarray[Any, Any]:
    return np.asarray(crud.read_region(document, store, engine="reference", detached=True))


def write(store: Any, iterable: Any, **arguments: Any) -> None:
    crud.write_chunks(DOCUMENT, store, iterable, detached=True, **arguments)


@pytest.mark.parametrize("ahead", AHEADS)
@pytest.mark.parametrize("by", ["chunk", (1, 5), (2, 2), (7, 5)])
def test_a_stream_writes_what_it_reads(engine: str, store: Store, by: Any, ahead: int) -> None:
    """Catches lost regions, and lost updates of chunks that two calls share."""
    source = MemoryStore()
    crud.write_region(DOCUMENT, source, ..., VALUES, detached=True)
    stream = crud.iter_chunks(DOCUMENT, source, by=by, ordered=False, detached=True)
    write(store, stream, ahead=ahead, engine=engine)
    assert_same(read(store), VALUES)


ARRAYS: dict[str, dict[str, Any]] = {
    "format 2": {"zarr_format": 2, "chunks": (3, 2), "order": "F"},
    "big-endian": {"zarr_format": 2, "chunks": (3, 2), "dtype": ">i4"},
    "sharded": {"chunks": (1, 2), "shards": (3, 4)},
    "strings": {"chunks": (3, 2), "dtype": "U5"},
    "variable strings": {"chunks": (3, 2), "dtype": str},
    "floats": {"chunks": (2, 3), "dtype": "f4", "fill_value": np.nan},
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("ahead", [0, 10, 1000])
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_arrays_of_every_kind_are_written(engine: str, name: str, ahead: int) -> None:
    """Catches what only plain arrays have."""
    array = zarr.create_array({}, shape=(7, 5), **({"dtype": "i4"} | ARRAYS[name]))
    values = VALUES.astype(array.dtype)
    document = array.metadata
    rows = ((row, values[row]) for row in range(7))
    crud.write_chunks(document, array.store, rows, ahead=ahead, engine=engine)
    assert np.array_equal(read(array.store, document), values)


@pytest.mark.parametrize("ahead", AHEADS)
def test_of_an_element_in_several_regions_the_last_value_stays(engine: str, ahead: int) -> None:
    """Catches the order in which threads end."""
    store, random = MemoryStore(), np.random.default_rng(5)
    expected = np.zeros((7, 5), "i2")
    items: list[tuple[Any, Any]] = []
    for number in range(200):
        rows = np.sort(random.integers(0, 8, 2))
        columns = np.sort(random.integers(0, 6, 2))
        items.append(((slice(*rows.tolist()), slice(*columns.tolist())), number))
        expected[items[-1][0]] = number
    write(store, items, ahead=ahead, engine=engine)
    assert_same(read(store), expected)


def test_regions_are_basic_selections(engine: str) -> None:
    """Catches an integer that keeps its axis, a step that is ignored, a value not broadcast."""
    store, expected = MemoryStore(), np.zeros((7, 5), "i2")
    items: list[tuple[Any, Any]] = [
        (3, np.arange(5)),
        ((slice(6, None, -2), 1), [1, 2, 3, 4]),
        ((..., 4), 8),
        ((slice(2, 2), 0), 5),
    ]
    for region, value in items:
        expected[region] = value
    write(store, items, engine=engine)
    assert_same(read(store), expected)


@pytest.mark.parametrize("ahead", [0, 30, 1000])
def test_a_producer_may_reuse_its_memory(engine: str, ahead: int) -> None:
    """Catches values that are written after they have changed."""

    class Shared:
        """Something else that has an array."""

        def __init__(self, array: Any) -> None:
            self.array = array

        def __array__(self, *_: Any, **__: Any) -> Any:
            return self.array

    def rows(wrap: Any) -> Iterator[tuple[Any, Any]]:
        room = np.empty(5, "i2")
        for row in range(7):
            room[...] = VALUES[row]
            yield row, wrap(room)
        room[...] = -1

    for wrap in (lambda room: room, lambda room: room[::-1][::-1], memoryview, Shared):
        store = MemoryStore()
        write(store, rows(wrap), ahead=ahead, engine=engine)
        assert_same(read(store), VALUES)


def test_regions_of_one_chunk_are_written_together(engine: str) -> None:
    """Catches a chunk that is changed and replaced for each row."""
    store = CountingStore()
    write(store, [(row, VALUES[row]) for row in range(7)], engine=engine)
    assert_same(read(store), VALUES)
    sets = [key for call, key in store.calls if call == "set"]
    if engine == "zarrs":
        assert sorted(sets) == sorted(set(sets))


class Gated(MemoryStore):
    """A store whose writes wait until they are let through."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[str] = []
        self.is_open = threading.Event()

    def set_sync(self, key: str, value: Any) -> None:
        self.begun.append(key)
        assert self.is_open.wait(HANG)
        super().set_sync(key, value)


def chunks() -> list[tuple[Any, Any]]:
    """The whole chunks of the first two columns of chunks, each of 12 bytes."""
    return [
        (region, VALUES[region])
        for region in (
            (slice(0, 3), slice(0, 2)),
            (slice(0, 3), slice(2, 4)),
            (slice(3, 6), slice(0, 2)),
            (slice(3, 6), slice(2, 4)),
        )
    ]


def test_chunks_are_written_while_the_producer_works(engine: str) -> None:
    """Catches a stream that collects everything before it writes."""
    store = Gated()

    def producer() -> Iterator[tuple[Any, Any]]:
        yield chunks()[0]
        wait_for(lambda: store.begun, "a write beside the producer")
        store.is_open.set()
        yield from chunks()[1:]

    write(store, producer(), ahead=100, engine=engine)
    assert_same(read(store)[:6, :4], VALUES[:6, :4])


def test_no_more_than_ahead_is_held(engine: str) -> None:
    """Catches a producer that fills the memory while the store is slow."""
    store, given = Gated(), []

    def producer() -> Iterator[tuple[Any, Any]]:
        for item in chunks():
            given.append(item)
            yield item

    thread = in_thread(lambda: write(store, producer(), ahead=24, engine=engine))
    wait_for(lambda: len(given) == 3, "the third item, which must wait")
    threading.Event().wait(A_WHILE)
    assert len(given) == 3
    store.is_open.set()
    thread.join(HANG)
    assert len(given) == 4
    assert_same(read(store)[:6, :4], VALUES[:6, :4])


def test_a_failed_producer_is_told_what_is_written(engine: str) -> None:
    """Catches a write that goes on after the error, and an error that says nothing."""
    store, failure = MemoryStore(), KeyError("mine")

    def producer() -> Iterator[tuple[Any, Any]]:
        yield from chunks()[:3]
        raise failure

    with pytest.raises(KeyError) as caught:
        write(store, producer(), ahead=0, engine=engine)
    assert caught.value is failure
    assert failure.__notes__ == ["regions of the iterable, counted from 0: written: 0 to 2"]
    assert len(store._store_dict) == 3


@pytest.mark.parametrize("ahead", [24, 1000])
def test_what_is_said_to_be_written_is_and_what_is_not_is_not(engine: str, ahead: int) -> None:
    """Catches a note that lies, or writes that land after it."""
    failure = OSError("full")

    class Full(MemoryStore):
        def set_sync(self, key: str, value: Any) -> None:
            if key == "c/1/0":
                raise failure
            super().set_sync(key, value)

    store = Full()
    with pytest.raises(OSError, match="full") as caught:
        write(store, chunks(), ahead=ahead, engine=engine)
    assert caught.value is failure
    stored = dict(store._store_dict)
    account = account_of(failure)
    assert account.pop("perhaps written in part")
    keys = ["c/0/0", "c/0/1", "c/1/0", "c/1/1"]
    for numbers, is_stored in ((account.get("written"), True), (account.get("not written"), False)):
        for number in numbers or ():
            assert (keys[number] in stored) is is_stored
    assert any("[3:6, 0:2]" in note for note in failure.__notes__)
    threading.Event().wait(A_WHILE)
    assert dict(store._store_dict) == stored


def account_of(error: BaseException) -> dict[str, list[int]]:
    """The numbers of the regions in the note of an error."""
    (note,) = [note for note in error.__notes__ if note.startswith("regions of the iterable")]
    found = {}
    for part in note.partition(": ")[2].split("; "):
        what, _, spans = part.partition(": ")
        ends = [[int(end) for end in span.split(" to ")] for span in spans.split(", ")]
        found[what] = [n for span in ends for n in range(span[0], span[-1] + 1)]
    return found


@pytest.mark.parametrize("ahead", [0, 100])
def test_an_item_that_does_not_fit_is_named(engine: str, ahead: int) -> None:
    """Catches a mistake in one of thousands of items without its number."""
    good = chunks()[0]
    for bad, error in [
        (5, TypeError),
        ((1, 2, 3), TypeError),
        ([0, 1], TypeError),
        (((0, 0, 0), 1), IndexError),
        ((9, 1), IndexError),
        (([0, 1], 1), IndexError),
        ((0, np.zeros(4)), crud.ValueShapeError),
        ((0, 2**40), OverflowError),
    ]:
        store = MemoryStore()
        with pytest.raises(error) as caught:
            write(store, [good, bad, good], ahead=ahead, engine=engine)
        assert "item 1" in str(caught.value) + str(caught.value.__notes__)
        assert [n for n in account_of(caught.value)["not written"] if n] == [1]


class Untouched:
    """An iterable that must not be asked for anything."""

    def __iter__(self) -> Any:
        raise AssertionError("asked")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"ahead": -1}, ValueError),
        ({"ahead": 2**63}, ValueError),
        ({"ahead": True}, TypeError),
        ({"ahead": 0.5}, TypeError),
        ({"engine": "none"}, crud.UnknownBackendError),
        ({"options": 5}, TypeError),
        ({"path": "none"}, zarr.errors.NodeNotFoundError),
    ],
)
def test_arguments_are_checked_before_the_iterable(arguments: Any, error: Any) -> None:
    """Catches work of the producer that was for nothing."""
    store = MemoryStore()
    with pytest.raises(error):
        crud.write_chunks(DOCUMENT, store, Untouched(), **arguments)
    with pytest.raises(error):
        asyncio.run(crud.write_chunks_async(DOCUMENT, store, Untouched(), **arguments))
    with pytest.raises(crud.ReadOnlyError):
        write(MemoryStore(read_only=True), Untouched())
    for given in (None, 5, object()):
        with pytest.raises(TypeError, match=r"iterable is .*; use an iterable of tuples"):
            write(store, given)


def test_a_chunk_that_this_thread_holds_is_refused(engine: str) -> None:
    """Catches a write in another thread that waits forever for a lock of this one."""
    store = MemoryStore()
    with hold(locate(store, ""), "c/0/0"), pytest.raises(RuntimeError):
        write(store, chunks(), engine=engine)
    assert not store._store_dict


async def test_the_asynchronous_variant_takes_both_kinds(engine: str, store: Store) -> None:
    """Catches a producer that blocks the loop, or is not awaited."""

    async def rows() -> AsyncIterator[tuple[Any, Any]]:
        for row in range(7):
            await asyncio.sleep(0)
            yield row, VALUES[row]

    for ahead in AHEADS:
        await crud.write_chunks_async(
            DOCUMENT, store, rows(), ahead=ahead, engine=engine, detached=True
        )
        assert_same(await asyncio.to_thread(read, store), VALUES)
        plain = [(row, VALUES[row] + 1) for row in range(7)]
        await crud.write_chunks_async(
            DOCUMENT, store, plain, ahead=ahead, engine=engine, detached=True
        )
        assert_same(await asyncio.to_thread(read, store), VALUES + 1)


async def test_a_failed_asynchronous_producer_is_told_what_is_written(engine: str) -> None:
    """Catches an account that only the synchronous variant gives."""
    store, failure = MemoryStore(), KeyError("mine")

    async def producer() -> AsyncIterator[tuple[Any, Any]]:
        for item in chunks():
            yield item
        raise failure

    with pytest.raises(KeyError) as caught:
        await crud.write_chunks_async(
            DOCUMENT, store, producer(), ahead=0, engine=engine, detached=True
        )
    assert caught.value is failure
    assert account_of(failure) == {"written": [0, 1, 2, 3]}


@pytest.mark.parametrize("kind", ["asynchronous", "plain"])
async def test_a_cancelled_stream_writes_nothing_more(engine: str, kind: str) -> None:
    """Catches writes that land after the cancellation has been raised."""
    store = Gated()

    async def producer() -> AsyncIterator[tuple[Any, Any]]:
        for item in chunks():
            yield item

    iterable: Any = chunks() if kind == "plain" else producer()
    task = asyncio.create_task(
        crud.write_chunks_async(DOCUMENT, store, iterable, ahead=24, engine=engine, detached=True)
    )
    while not store.begun:
        await asyncio.sleep(0.002)
    task.cancel()
    await asyncio.sleep(0.02)
    store.is_open.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    stored = dict(store._store_dict)
    assert len(stored) < 4
    await asyncio.sleep(A_WHILE)
    assert dict(store._store_dict) == stored
