"""Arrays that are resized while one is written to the other: no piece is wrong, or a call hangs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.engine.calls.test_streamed import VALUES, source, target
from zarr import crud
from zarr._engine.calls import streamed
from zarr.core.array import Array
from zarr.storage import MemoryStore, StorePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLACE = (slice(0, 60), slice(0, 50))


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """Small pieces; what is in the list is called once, when the first piece has been written."""
    actions: list[Callable[[], object]] = []
    real = streamed.pieces

    def interrupted(*args: Any) -> Iterator[Any]:
        for part, value in real(*args):
            yield part, value
            while actions:
                actions.pop()()

    monkeypatch.setattr(streamed, "PIECE", 2400)
    monkeypatch.setattr("zarr._engine.calls.prepare.pieces", interrupted)
    return actions


def assigned(array: Any, place: Any, given: Any) -> None:
    array[place] = given


def awaited(array: Any, place: Any, given: Any) -> None:
    asyncio.run(array._async_array.setitem(place, given))


@pytest.mark.parametrize("write", [assigned, awaited])
@pytest.mark.parametrize("reader", ["zarr", "zarrs"])
@pytest.mark.parametrize("rows", [0, 1, 13, 59])
def test_a_value_that_shrinks_is_refused(
    rows: int, reader: str, write: Any, meanwhile: list[Any]
) -> None:
    """Catches the last row that is left, stored in all rows of the piece."""
    given, array = source(MemoryStore(), reader), target(MemoryStore())
    meanwhile.append(lambda: given.resize((rows, 50)))
    with pytest.raises(crud.ValueShapeError, match=rf"from \(60, 50\) to \({rows}, 50\)"):
        write(array, PLACE, given)
    expected = np.zeros(array.shape, "i4")
    expected[PLACE] = VALUES
    found = np.asarray(array[...])
    # What was written is right; the other elements are as before.
    assert found.any()
    assert not found[found != expected].any()


def test_one_element_is_not_stored_in_all_of_a_piece(meanwhile: list[Any]) -> None:
    """Catches a piece without elements, and dropped axes that hide the missing ones."""
    store = MemoryStore()
    source(StorePath(store, "b"), chunks=(1, 1))
    given: Any = zarr.open_array(store, path="b", engine="zarrs")
    array = target(StorePath(store, "a"), shape=(3, 60, 2, 50), chunks=(1, 1, 1, 1))
    meanwhile.append(lambda: given.resize((60, 1)))
    with pytest.raises(crud.ValueShapeError, match="was resized"):
        array[1, :, 1] = given
    found = np.asarray(array[1, :, 1])
    assert found.any()
    assert not found[found != VALUES].any()


def test_a_value_that_shrinks_while_a_piece_is_read_is_refused(
    meanwhile: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches fill values of chunks that were deleted before the piece was read."""
    given, array = source(MemoryStore()), target(MemoryStore())
    read = Array.__getitem__

    def late(self: Any, selection: Any) -> Any:
        # As if this read had begun before.
        if self is given:
            before = np.zeros(given.shape, "i4")[selection]
            given.resize((40, 50))
            return before
        return read(self, selection)

    with monkeypatch.context() as patched:
        patched.setattr(Array, "__getitem__", late)
        with pytest.raises(crud.ValueShapeError, match="was resized"):
            array[PLACE] = given
    assert not meanwhile
    assert not np.asarray(array[...]).any()


def test_a_value_that_grows_is_written_as_it_was(meanwhile: list[Any]) -> None:
    """Catches a refusal of elements that are all there, and a value of another shape."""
    given, array = source(MemoryStore()), target(MemoryStore())
    meanwhile.append(lambda: given.append(np.full((9, 50), 7, "i4")))
    array[PLACE] = given
    np.testing.assert_array_equal(array[PLACE], VALUES)
    assert not np.asarray(array[60:]).any()
    assert given.shape == (69, 50)


@pytest.mark.parametrize("rows", [6, 90])
def test_the_array_that_is_written_may_not_be_resized(rows: int, meanwhile: list[Any]) -> None:
    """Catches chunks beyond the new edge, and chunks at the old one that lose the new rows."""
    store = MemoryStore()
    given, array = source(MemoryStore()), target(store, shape=(60, 50), chunks=(9, 8))

    def resized() -> None:
        array.resize((rows, 50))
        array[-6:] = 7

    meanwhile.append(resized)
    with pytest.raises(crud.ValueShapeError, match=rf"from \(60, 50\) to \({rows}, 50\)"):
        array[...] = given
    np.testing.assert_array_equal(array[-6:], np.full((6, 50), 7))
    assert max(int(key.split("/")[1]) for key in store._store_dict if "c/" in key) <= rows // 9
    array.resize((60, 50))
    array[...] = given
    np.testing.assert_array_equal(array[...], VALUES)


def test_a_value_that_is_made_anew_is_read_by_its_old_document(meanwhile: list[Any]) -> None:
    """Catches the new array's elements at other positions, or its shape."""
    store = MemoryStore()
    source(StorePath(store, "b"))
    given: Any = zarr.open_array(store, path="b", engine="zarrs")
    array = target(MemoryStore())
    meanwhile.append(
        lambda: zarr.create_array(
            store, name="b", data=VALUES[:20] + 5000, chunks=(7, 11), overwrite=True
        )
    )
    array[PLACE] = given
    found, expected = np.asarray(array[PLACE]), VALUES.copy()
    anew = np.zeros_like(VALUES)
    anew[:20] = VALUES[:20] + 5000
    assert ((found == expected) | (found == anew)).all()
    assert (found[:6, :8] == expected[:6, :8]).all()


def test_an_appended_array_that_shrinks_is_appended_as_it_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches the one row that is left, repeated in all rows that were added."""
    given, array = source(MemoryStore()), target(MemoryStore(), shape=(2, 50))
    real = Array.__array__

    def late(self: Any, *args: Any, **options: Any) -> Any:
        given.resize((1, 50))
        return real(self, *args, **options)

    monkeypatch.setattr(Array, "__array__", late)
    array.append(given)
    assert array.shape == (3, 50)
    np.testing.assert_array_equal(array[2:], VALUES[:1])
