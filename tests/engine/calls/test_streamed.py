"""Arrays that are written to arrays: piece by piece, as if they had been read before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr._engine.calls import streamed
from zarr._engine.calls.prepare import prepare
from zarr.crud._stores.cancellation import Cancellation, CancelledCall, context_with
from zarr.storage import LocalStore, MemoryStore, StorePath

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALUES = np.arange(60 * 50, dtype="i4").reshape(60, 50)
PIECE = 2400


@pytest.fixture(autouse=True)
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, tuple[int, ...]]]:
    """Small pieces; the selection of each, and the shape of its values."""
    seen: list[tuple[Any, tuple[int, ...]]] = []
    real = streamed.pieces

    def recorded(*args: Any) -> Iterator[Any]:
        for part, value in real(*args):
            seen.append((part, np.shape(value)))
            yield part, value

    monkeypatch.setattr(streamed, "PIECE", PIECE)
    monkeypatch.setattr("zarr._engine.calls.prepare.pieces", recorded)
    return seen


def source(store: Any, engine: str = "zarrs", **layout: Any) -> Any:
    """An array of the values."""
    zarr.create_array(store, data=VALUES, **{"chunks": (7, 11), **layout})
    return zarr.open_array(store, engine=engine)


def target(store: Any, engine: str = "zarrs", **layout: Any) -> Any:
    """An empty array with room around the values."""
    layout = {"shape": (70, 80), "dtype": "i4", "chunks": (6, 8), **layout}
    zarr.create_array(store, **layout)
    return zarr.open_array(store, engine=engine)


PLACES = [
    (slice(0, 60), slice(0, 50)),
    (slice(10, None), slice(30, None)),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("reader", "engine"), [("zarr", "zarrs"), ("zarrs", "reference")])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"chunks": (3, 4), "shards": (12, 16)}, {"chunks": (7, 5), "shards": (21, 10)}),
        ({"dtype": "f8", "config": {"order": "F"}}, {"chunks": (60, 25)}),
        ({"zarr_format": 2, "chunks": (1, 80)}, {"chunks": (20, 50)}),
        ({"dtype": "i2"}, {"zarr_format": 2, "order": "F"}),
    ],
)
def test_pieces_make_the_same_array(
    ours: Any, theirs: Any, reader: str, engine: str, place: Any, pieces: list[Any], tmp_path: Path
) -> None:
    """Catches a piece that is left out, written twice or elsewhere, or of a chunk in parts."""
    given = source(LocalStore(tmp_path / "b"), reader, **theirs)
    array = target(LocalStore(tmp_path / "a"), engine, **ours)
    expected = np.zeros(array.shape, array.dtype)
    expected[place] = VALUES
    array[place] = given
    np.testing.assert_array_equal(array[...], expected)
    assert len(pieces) > 2
    assert array.engine_info().operations == {engine: 2}
    largest = max(array.dtype.itemsize, 4) * max(np.prod(shape) for _, shape in pieces)
    assert largest <= PIECE
    edges = array.shards or array.chunks
    written = [
        (row, column)
        for part, _ in pieces
        for row in chunks_of(part.axes[0], edges[0])
        for column in chunks_of(part.axes[1], edges[1])
    ]
    assert len(written) == len(set(written))


def chunks_of(taken: Any, edge: int) -> range:
    """The chunks along an axis that a piece touches."""
    start, _, count = taken
    return range(start // edge, -(-(start + count) // edge))


class Counting(MemoryStore):
    """A store that records which keys are read."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    async def get(self, key: str, *args: Any, **options: Any) -> Any:
        self.keys.append(key)
        return await super().get(key, *args, **options)


class Own(LocalStore):
    """A store of which nothing is known."""


def test_chunks_that_begin_together_are_read_once(
    pieces: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches pieces of the smallest size, which decode a chunk of the value many times."""
    monkeypatch.setattr(streamed, "PIECE", 40 * 50 * 4)
    store = Counting()
    given = source(store, "zarr", chunks=(12, 50))
    store.keys.clear()
    target(MemoryStore(), chunks=(8, 5))[:60, :50] = given
    assert len(pieces) == 3
    chunks = [key for key in store.keys if key.startswith("c/")]
    assert sorted(chunks) == [f"c/{row}/0" for row in range(5)]


def test_dropped_axes_are_none_of_the_value(pieces: list[Any]) -> None:
    """Catches the axes of the value being counted as those of the array."""
    store = MemoryStore()
    source(StorePath(store, "b"))
    array = target(StorePath(store, "a"), shape=(3, 60, 2, 50), chunks=(1, 6, 1, 8))
    array[1, :, 1] = zarr.open_array(store, path="b", engine="zarrs")
    expected = np.zeros(array.shape, array.dtype)
    expected[1, :, 1] = VALUES
    np.testing.assert_array_equal(array[...], expected)
    assert len(pieces) > 3


@pytest.mark.parametrize(
    "place", ["same object", "equal store", "linked", "memory", "same dict", "subclass"]
)
def test_an_array_is_written_to_itself_as_it_was(place: str, tmp_path: Path) -> None:
    """Catches pieces that are read after an earlier piece has changed them."""
    content: Any = {}
    in_memory = place in ("memory", "same dict")
    store: Any = MemoryStore(content) if in_memory else LocalStore(tmp_path / "b")
    before = source(store)
    if place == "linked":
        (tmp_path / "a").symlink_to(tmp_path / "b")
    others = {
        "equal store": LocalStore(tmp_path / "b"),
        "linked": LocalStore(tmp_path / "a"),
        "same dict": MemoryStore(content),
        "subclass": StorePath(Own(tmp_path), "b"),
    }
    array: Any = zarr.open_array(others.get(place, store), engine="zarrs")
    array.resize((70, 80))
    array[10:, 30:] = before
    np.testing.assert_array_equal(array[10:, 30:], VALUES)
    np.testing.assert_array_equal(array[:10, :30], VALUES[:10, :30])
    array[:60, :50] = before
    np.testing.assert_array_equal(array[10:60, 30:50], VALUES[:50, :20])


def test_a_damaged_chunk_ends_the_write(tmp_path: Path, pieces: list[Any]) -> None:
    """Catches a write that goes on after an error, or that loses it."""
    given = source(LocalStore(tmp_path))
    (tmp_path / "c/8/0").write_bytes(b"damage")
    array = target(MemoryStore())
    with pytest.raises(crud.DecodeError, match="c/8/0"):
        array[:60, :50] = given
    assert pieces
    rows = [part.axes[0][0] + part.axes[0][2] for part, _ in pieces]
    np.testing.assert_array_equal(array[: min(rows), :50], VALUES[: min(rows)])
    assert not np.asarray(array[max(rows) :]).any()


def test_a_cancelled_write_reads_no_further_piece() -> None:
    """Catches pieces that are read after the cancellation."""
    given, array = source(MemoryStore(), "zarr"), target(MemoryStore())
    call = prepare(array._async_array, "write_region", "basic", (slice(60), slice(50)), None)
    assert call is not None
    cancellation = Cancellation()
    context = context_with(cancellation)
    taken = streamed.pieces(call.document, call.location, call.selection, given)
    context.run(next, taken)
    cancellation.cancel()
    with pytest.raises(CancelledCall):
        context.run(next, taken)


@pytest.mark.parametrize("values", [VALUES.astype("U4"), VALUES.astype("c8")])
def test_values_that_may_not_convert_are_taken_whole(values: Any, pieces: list[Any]) -> None:
    """Catches an array that is written in part before an element is found that is no number."""
    values[-1, -1] = "x" if values.dtype.kind == "U" else 1j
    given = zarr.create_array(MemoryStore(), data=values, chunks=(7, 11))
    array = target(MemoryStore())
    if values.dtype.kind == "U":
        with pytest.raises(ValueError, match="'x'"):
            array[:60, :50] = given
        assert not np.asarray(array[...]).any()
    else:
        with pytest.warns(np.exceptions.ComplexWarning):
            array[:60, :50] = given
    assert [shape for _, shape in pieces] == [VALUES.shape]


def test_a_value_that_is_broadcast_is_taken_whole(pieces: list[Any]) -> None:
    """Catches a value that is cut as if it had the shape of the selection."""
    array = target(MemoryStore())
    array[:60, :50] = zarr.create_array(MemoryStore(), data=VALUES[:1], chunks=(1, 11))
    np.testing.assert_array_equal(array[:60, :50], np.broadcast_to(VALUES[:1], VALUES.shape))
    with pytest.raises(crud.ValueShapeError):
        array[:50, :60] = source(MemoryStore())
    assert len(pieces) == 2


def test_an_asynchronous_write_is_streamed(pieces: list[Any]) -> None:
    """Catches `setitem` that takes the value whole."""
    array = target(MemoryStore())
    where = (slice(60), slice(50))
    asyncio.run(array._async_array.setitem(where, source(MemoryStore())))
    np.testing.assert_array_equal(array[where], VALUES)
    assert len(pieces) > 3
