"""Every dialect through an array with an engine: native results, errors and stored bytes."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import zarr
from tests.conftest import ENGINES
from tests.engine.test_engine_selections import VALUES, outcome, pair
from zarr import crud
from zarr.core.buffer.cpu import NDBuffer
from zarr.core.sync import sync
from zarr.crud.testing import Drawn, assert_same, selections
from zarr.errors import BaseZarrError, NegativeStepError
from zarr.storage import MemoryStore

STARTS = [range(0, 7, 3), range(0, 5, 2)]

READ = {
    "basic": lambda a: a.get_basic_selection,
    "orthogonal": lambda a: a.get_orthogonal_selection,
    "coordinate": lambda a: a.get_coordinate_selection,
    "mask": lambda a: a.get_mask_selection,
    "block": lambda a: a.get_block_selection,
}
WRITE = {
    "basic": lambda a: a.set_basic_selection,
    "orthogonal": lambda a: a.set_orthogonal_selection,
    "coordinate": lambda a: a.set_coordinate_selection,
    "mask": lambda a: a.set_mask_selection,
    "block": lambda a: a.set_block_selection,
}
ASYNC_READ = {
    "basic": lambda a: a.getitem,
    "orthogonal": lambda a: a.get_orthogonal_selection,
    "coordinate": lambda a: a.get_coordinate_selection,
    "mask": lambda a: a.get_mask_selection,
}

type Any_ = Any


def natively_taken(drawn: Drawn) -> bool:
    """Whether upstream accepts a selection: no ranges, and no empty list, which NumPy accepts."""
    items = drawn.selection if isinstance(drawn.selection, tuple) else (drawn.selection,)
    return not (drawn.has_ranges or any(isinstance(item, list) and not item for item in items))


@given(drawn=selections((7, 5), STARTS).filter(natively_taken))
@settings(max_examples=150, deadline=None)
def test_any_selection_has_the_native_outcome(drawn: Drawn) -> None:
    """Catches other bits, types, shapes or memory order than natively, in either class."""
    for engine in ENGINES:
        native, ours = pair(engine)
        expected = outcome(lambda a=native: READ[drawn.kind](a)(drawn.selection))
        assert outcome(lambda a=ours: READ[drawn.kind](a)(drawn.selection)) == expected
        if drawn.kind in ASYNC_READ:
            method = ASYNC_READ[drawn.kind](ours.async_array)
            assert outcome(lambda m=method: sync(m(drawn.selection))) == expected


@given(drawn=selections((7, 5), STARTS).filter(natively_taken))
@settings(max_examples=100, deadline=None)
def test_any_assignment_leaves_what_native_zarr_leaves(drawn: Drawn) -> None:
    """Catches other stored values than natively; two values for one element are left out."""
    distinct = np.unique(drawn.places).size == drawn.places.size
    values: Any = -1 - np.arange(drawn.places.size).reshape(drawn.places.shape)
    for value in (values, 3) if distinct else (3,):
        for engine in ENGINES:
            native, _ = pair(engine)
            _, ours = pair(engine)
            for array in (native, ours):
                try:
                    WRITE[drawn.kind](array)(drawn.selection, value)
                except NegativeStepError:
                    assert outcome(lambda a=native: READ[drawn.kind](a)(drawn.selection)) is (
                        NegativeStepError
                    )
            assert_same(ours[...], native[...])
            assert ours.store._store_dict.keys() == native.store._store_dict.keys()


@pytest.mark.parametrize(
    "selection",
    [
        [0, 2], ([0, 2], slice(None)), ([0, 2], [1, 1]), (np.array(3), 2), VALUES > 3,
        (VALUES > 3,), (np.array([True] * 7), 1), ([7, 0], [0, 0]), np.zeros((5, 7), bool),
        ([0, 1], [0, 1, 2]), ([[0, 1], [2, 3]], [[0, 1], [2, 3]]), [0.5], ["a"], [True, False],
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("form", ["[]", "oindex", "vindex"])
def test_each_form_of_a_fancy_selection_has_the_native_outcome(
    engine: str, form: str, selection: Any
) -> None:
    """Catches a selection that `[]` treats as another kind than natively, or fails to refuse."""
    native, ours = pair(engine)
    indexers = (a if form == "[]" else getattr(a, form) for a in (native, ours))
    expected, found = (outcome(lambda i=indexer: i[selection]) for indexer in indexers)
    # For index arrays that do not broadcast, NumPy raises an IndexError. Upstream raises a
    # ValueError, and so do we.
    if expected is ValueError:
        assert found in (ValueError, IndexError)
    else:
        assert found == expected


@pytest.mark.parametrize("block", [0, (1, 2), (slice(0, 2), -1), (3, 0), (slice(None), 1)])
def test_blocks_have_the_native_outcome(engine: str, block: Any) -> None:
    """Catches blocks that do not count in chunks, or an integer that drops its axis."""
    native, ours = pair(engine)
    assert outcome(lambda: ours.blocks[block]) == outcome(lambda: native.blocks[block])


def test_the_mask_may_be_named(engine: str) -> None:
    """Catches a mask under another keyword than in upstream's signature."""
    native, ours = pair(engine)
    assert_same(ours.get_mask_selection(mask=VALUES > 3), VALUES[VALUES > 3])
    ours.set_mask_selection(mask=VALUES > 3, value=0)
    assert (native[...] <= 3).all()


@pytest.mark.parametrize("kind", ["coordinate", "mask", "orthogonal", "block"])
def test_out_is_filled_as_natively(engine: str, kind: str) -> None:
    """Catches an `out` that is not flat for points, or that is not cast to the buffer's type."""
    selection: Any = {
        "coordinate": ([[0, 1], [6, 2]], [[4, 1], [0, 2]]),
        "mask": VALUES % 2 == 0,
        "orthogonal": ([6, 0], slice(0, 3)),
        "block": (1, slice(0, 2)),
    }[kind]
    shape = {"coordinate": (4,), "mask": (18,), "orthogonal": (2, 3), "block": (3, 4)}[kind]
    buffers = [NDBuffer.from_numpy_array(np.zeros(shape, "f8")) for _ in "ab"]
    results = [
        READ[kind](array)(selection, out=buffer)
        for array, buffer in zip(pair(engine), buffers, strict=True)
    ]
    assert_same(results[1], results[0])
    assert_same(buffers[1].as_numpy_array(), buffers[0].as_numpy_array())


@pytest.mark.parametrize("shape", [(2, 2), (4,), (1, 4), (5,), (2, 3)])
def test_values_for_points_may_have_any_shape_of_their_size(engine: str, shape: Any) -> None:
    """Catches a value for points that must have their shape, or that may have another size."""
    points = ([[0, 1], [6, 2]], [[4, 1], [0, 2]])
    values = np.arange(int(np.prod(shape))).reshape(shape)
    native, ours = pair(engine)[0], pair(engine)[1]
    found = outcome(lambda: [ours.vindex.__setitem__(points, values), ours[...]][1])
    expected = outcome(lambda: [native.vindex.__setitem__(points, values), native[...]][1])
    assert found == (BaseZarrError if expected is ValueError else expected)


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_fields_of_a_structure_are_picked(engine: str) -> None:
    """Catches other fields than NumPy picks; upstream fails if the chunk is stored."""
    dtype = np.dtype([("a", "i2"), ("b", "f4"), ("c", "S3")])
    values = np.array([(n, n / 2, b"xy") for n in range(7)], dtype)
    store = MemoryStore()
    native: Any = zarr.create_array(store, shape=(7,), chunks=(3,), dtype=dtype)
    native[...] = values
    ours: Any = zarr.open_array(store, engine=engine)
    both = values[["a", "c"]].astype([("a", "i2"), ("c", "S3")])
    assert_same(ours["a", "c"], both)
    assert_same(ours["a", "c", 2:5], both[2:5])
    assert_same(ours["b"], np.ascontiguousarray(values["b"]))
    assert outcome(lambda: native["b"]) is TypeError
    with pytest.raises(IndexError, match="field not found"):
        ours["d"]
    with pytest.raises(crud.UnsupportedError, match="does not write single fields"):
        ours["a"] = 1
    assert_same(ours[...], values)


@pytest.mark.parametrize(
    ("data", "axis"),
    [(np.ones((2, 5)), 0), (np.ones((7, 3)), 1), ([[1] * 5], 0), (np.ones((0, 5)), 0),
     (np.ones((2, 4)), 0), (np.ones((2, 5)), 2), (np.ones(5), 0), (np.ones((2, 5)), -1)],
)  # fmt: skip
@pytest.mark.parametrize("is_sync", [True, False])
def test_append_does_what_it_does_natively(
    engine: str, data: Any, axis: int, *, is_sync: bool
) -> None:
    """Catches another shape, chunk, document or error than natively."""
    native, ours = pair(engine)[0], pair(engine)[1]
    results = []
    for array in (native, ours):
        try:
            call = array.append if is_sync else array._async_array.append
            shape = call(data, axis=axis)
            shape = shape if is_sync else asyncio.run(shape)
            results.append((shape, array.shape, array[...].tolist()))
        except Exception as err:  # noqa: BLE001  # any error is an outcome to compare
            results.append((type(err), array.shape, array[...].tolist()))
    assert results[0] == results[1]
    stored = [{k: v.to_bytes() for k, v in a.store._store_dict.items()} for a in (native, ours)]
    assert stored[0] == stored[1]
    assert zarr.open_array(ours.store).shape == ours.shape


@pytest.mark.parametrize(
    ("kind", "selection"),
    [
        ("basic", (7, 0)), ("basic", 1.5), ("basic", (0, 0, 0)), ("orthogonal", ([7], 0)),
        ("orthogonal", ([[0, 1]], 0)), ("orthogonal", (np.zeros(3, bool), 0)),
        ("orthogonal", ("a", 0)), ("coordinate", ([0, 7], [0, 0])), ("coordinate", ([0, 1],)),
        ("mask", np.zeros((5, 7), bool)), ("block", (3, 0)), ("block", slice(0, 2, 2)),
    ],
)  # fmt: skip
def test_what_is_no_selection_is_refused_in_upstreams_words(
    engine: str, kind: str, selection: Any
) -> None:
    """Catches another message than upstream's, on which programs and its own tests depend."""
    native, ours = pair(engine)
    said = []
    for array in (native, ours):
        with pytest.raises(IndexError) as caught:
            READ[kind](array)(selection)
        said.append((type(caught.value), str(caught.value)))
    assert said[0] == said[1]
