"""Every dialect of selection, lowered by the fork and by upstream's own indexers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings

import zarr
from tests.conftest import ENGINES
from zarr import crud
from zarr.crud.testing import CountingStore, Drawn, assert_same, selections
from zarr.errors import BoundsCheckError
from zarr.storage import MemoryStore

SHAPE: Final = (7, 5)
STARTS: Final = [range(0, 7, 3), range(0, 5, 2)]
VALUES: Final = np.arange(35, dtype="i2").reshape(SHAPE)

Reader = Callable[[Any], Any]


def arrays() -> tuple[zarr.Array[Any], Any]:
    """An array that upstream wrote, and its document."""
    array = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))
    return array, array.metadata


def readers(array: zarr.Array[Any]) -> dict[str, Reader]:
    """Upstream's methods by dialect."""
    return {
        "basic": array.get_basic_selection,
        "orthogonal": array.get_orthogonal_selection,
        "coordinate": array.get_coordinate_selection,
        "mask": array.get_mask_selection,
        "block": array.get_block_selection,
    }


def writers(array: zarr.Array[Any]) -> dict[str, Callable[[Any, Any], None]]:
    """Upstream's methods by dialect."""
    return {
        "basic": array.set_basic_selection,
        "orthogonal": array.set_orthogonal_selection,
        "coordinate": array.set_coordinate_selection,
        "mask": array.set_mask_selection,
        "block": array.set_block_selection,
    }


def upstream_takes(drawn: Drawn) -> bool:
    """Whether upstream accepts a selection: it has no negative steps, ranges or empty lists."""
    if drawn.has_ranges:
        return False
    items = drawn.selection if isinstance(drawn.selection, tuple) else (drawn.selection,)
    for item in items:
        if isinstance(item, slice) and item.step is not None and item.step < 0:
            return False
        if isinstance(item, list) and not item:
            return False
    return True


@given(drawn=selections(SHAPE, STARTS))
@settings(max_examples=400, deadline=None)
def test_a_read_is_upstreams(drawn: Drawn) -> None:
    """Catches mistakes about order, duplicates, broadcasting, dropped axes, or rank 0."""
    array, document = arrays()
    ours = [
        crud.read_region(document, array.store, drawn.selection, kind=drawn.kind, engine=engine)
        for engine in ENGINES
        if serves(engine, document, drawn)
    ]
    for found in ours:
        assert_same(found, drawn.of(VALUES))
        assert type(found) is type(ours[0])
    if upstream_takes(drawn):
        expected = readers(array)[drawn.kind](drawn.selection)
        assert_same(ours[0], expected)
        if drawn.kind == "basic":
            assert isinstance(ours[0], np.generic) == isinstance(expected, np.generic)


@given(drawn=selections(SHAPE, STARTS), scalar=st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_write_is_upstreams(drawn: Drawn, scalar: bool) -> None:
    """Catches a changed element that was not selected, or not the last value for a position."""
    array, document = arrays()
    places = drawn.places
    values: Any = 99 if scalar else (-1 - np.arange(places.size)).reshape(places.shape)
    expected = VALUES.copy()
    drawn.put(expected, values)
    for engine in ENGINES:
        if serves(engine, document, drawn):
            store = MemoryStore(dict(array.store._store_dict))  # type: ignore[attr-defined]
            crud.write_region(
                document, store, drawn.selection, values, kind=drawn.kind, engine=engine
            )
            assert_same(crud.read_region(document, store, engine="reference"), expected)
    # Upstream sorts points, so it is undefined which of two values stays.
    if upstream_takes(drawn) and np.unique(places).size == places.size:
        writers(array)[drawn.kind](drawn.selection, values)
        assert_same(array[...], expected)


def serves(engine: str, document: Any, drawn: Drawn) -> bool:
    """Whether an engine reports that it serves the selection."""
    store = MemoryStore()
    return crud.explain(document, store, drawn.selection, kind=drawn.kind)[engine].serves


@given(drawn=selections(SHAPE, STARTS), data=st.data())
@settings(max_examples=100, deadline=None)
def test_out_takes_any_selection_in_any_strides(drawn: Drawn, data: st.DataObject) -> None:
    """Catches memory between the elements of `out` that changes."""
    array, document = arrays()
    shape = drawn.places.shape
    steps = [data.draw(st.sampled_from([1, 2, -1, -3])) for _ in shape]
    room = np.full([n * abs(step) for n, step in zip(shape, steps, strict=True)], -7, "i2")
    index: Any = (*(slice(None, None, step) for step in steps), ...)
    out: npt.NDArray[Any] = np.asarray(room[index])
    for engine in ENGINES:
        if serves(engine, document, drawn):
            room[...] = -7
            kind, selection, places = drawn
            found = crud.read_region(
                document, array.store, selection, kind=kind, out=out, engine=engine
            )
            assert found is out
            assert_same(out, drawn.of(VALUES))
            assert np.count_nonzero(room == -7) == room.size - places.size


OUTSIDE: Final[list[tuple[str, Any]]] = [
    ("basic", (7, 0)),
    ("basic", -8),
    ("orthogonal", ([7], 0)),
    ("orthogonal", ([0, -8], 0)),
    ("orthogonal", (slice(None), [5])),
    ("coordinate", ([0, 7], [0, 0])),
    ("coordinate", (0, -6)),
    ("block", (3, 0)),
    ("block", (0, -4)),
]

MISSHAPEN: Final[list[tuple[str, Any]]] = [
    ("basic", (0, 0, 0)),
    ("basic", "name"),
    ("orthogonal", ([[0, 1]], 0)),
    ("orthogonal", (np.zeros(3, bool), 0)),
    ("orthogonal", ([0.5], 0)),
    ("orthogonal", (0, 0, 0)),
    ("coordinate", ([0, 1],)),
    ("coordinate", ([0, 1], [0, 1, 2])),
    ("coordinate", ([0.0], [0.0])),
    ("mask", np.zeros((5, 7), bool)),
    ("mask", np.zeros((7, 5), int)),
    ("mask", (np.zeros(7, bool), np.zeros(5, bool))),
    ("block", slice(0, 2, 2)),
    ("block", [0, 1]),
    ("block", (0, 0, 0)),
]


@pytest.mark.parametrize(("kind", "selection"), OUTSIDE)
def test_a_position_outside_is_refused_as_upstream_does(kind: Any, selection: Any) -> None:
    """Catches another class of error than upstream's, or a refusal after something was written."""
    array, document = arrays()
    with pytest.raises(BoundsCheckError):
        readers(array)[kind](selection)
    check_refused(array, document, kind, selection, BoundsCheckError)


@pytest.mark.parametrize(("kind", "selection"), MISSHAPEN)
def test_what_is_no_selection_of_the_dialect_is_refused(kind: Any, selection: Any) -> None:
    """Catches an invalid selection that is taken for another one."""
    array, document = arrays()
    # Upstream raises NumPy's own error for arrays that do not broadcast.
    with pytest.raises((IndexError, ValueError)):
        readers(array)[kind](selection)
    check_refused(array, document, kind, selection, IndexError)


def check_refused(
    array: zarr.Array[Any], document: Any, kind: Any, selection: Any, error: type[Exception]
) -> None:
    """Check that every engine raises that error in reads and writes, and changes nothing."""
    before = {key: value.to_bytes() for key, value in array.store._store_dict.items()}  # type: ignore[attr-defined]
    for engine in ENGINES:
        with pytest.raises(error):
            crud.read_region(document, array.store, selection, kind=kind, engine=engine)
        with pytest.raises(error):
            crud.write_region(document, array.store, selection, 1, kind=kind, engine=engine)
    after = {key: value.to_bytes() for key, value in array.store._store_dict.items()}  # type: ignore[attr-defined]
    assert after == before


def test_an_empty_list_selects_nothing() -> None:
    """Catches an empty list that is treated as an array of floats, as in upstream."""
    array, document = arrays()
    for kind, selection in (("orthogonal", ([], 0)), ("coordinate", ([], []))):
        found = crud.read_region(
            document,
            array.store,
            selection,
            kind=kind,  # type: ignore[arg-type]
            engine="reference",
        )
        assert found.shape == (0,)


def test_there_is_no_other_dialect() -> None:
    """Catches a misspelled dialect that is treated as basic."""
    array, document = arrays()
    with pytest.raises(ValueError, match="'basic', 'orthogonal', 'coordinate', 'mask' or 'block'"):
        crud.read_region(document, array.store, 0, kind="oindex")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["orthogonal", "coordinate", "mask"])
def test_a_chunk_that_is_covered_is_not_read(kind: Any) -> None:
    """Catches a read of a covered chunk, which may be damaged and must be replaceable."""
    document = crud.read_metadata(arrays()[0].store)
    rows, columns = np.array([6, 6, 4, 5]), np.array([3, 2, 2])
    mask = np.zeros(SHAPE, bool)
    mask[np.ix_(rows, columns)] = True
    selection: Any = {
        "orthogonal": (rows, columns),
        "coordinate": tuple(axis.reshape(-1) for axis in np.meshgrid(rows, columns)),
        "mask": mask,
    }[kind]
    mask[3, 2:4] = True
    for engine in ENGINES:
        store = CountingStore()
        drawn = Drawn(kind, selection, np.zeros(0, int))
        if serves(engine, document, drawn):
            crud.write_region(
                document, store, selection, 1, kind=kind, engine=engine, detached=True
            )
            reads = {key for call, key in store.calls if call == "get"}
            # The last row of chunks has one row inside the array; masks take all of the one before.
            expected = {"c/1/1"} if kind != "mask" else set()
            assert reads == expected, engine
