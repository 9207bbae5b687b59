"""Values in every form, written by every function and method, are stored bit for bit."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings

import zarr
from tests.conftest import ENGINES
from tests.crud.values import array_of, dtypes, elements, forms, shapes_for
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud.testing import Drawn, assert_same, selections

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning"),
]

SHAPES = st.lists(st.integers(1, 5), max_size=3).map(tuple)
SEEDS = st.integers(0, 1000)
MANY = settings(max_examples=300, report_multiple_bugs=False)


def chunk_starts(array: zarr.Array[Any]) -> list[list[int]]:
    sizes = array.shards or array.chunks
    return [list(range(0, n, size)) for n, size in zip(array.shape, sizes, strict=True)]


@given(data=st.data(), zarr_format=st.sampled_from([2, 3]), shape=SHAPES, seed=SEEDS)
@MANY
def test_a_region_is_stored_to_the_bit_in_whatever_form_it_comes(
    data: st.DataObject, zarr_format: int, shape: tuple[int, ...], seed: int
) -> None:
    """Catches an axis, a byte order, a unit or a class that is lost on the way to the backend."""
    dtype = data.draw(dtypes(zarr_format))
    before = elements(dtype, shape, seed)
    drawn = data.draw(selections(shape, chunk_starts(array_of(dtype, shape, zarr_format))))
    value = elements(dtype, data.draw(shapes_for(drawn.places.shape)), seed + 1)
    spelled = data.draw(forms(dtype))(value)
    expected = before.copy()
    drawn.put(expected, without_axes(value, drawn.places.ndim))
    for engine in ENGINES:
        array = array_of(dtype, shape, zarr_format)
        document, store = as_document(array.metadata), array.store
        crud.write_region(document, store, ..., before, engine=engine)
        crud.write_region(document, store, drawn.selection, spelled, kind=drawn.kind, engine=engine)
        assert_same(crud.read_region(document, store, engine=engine), expected)


@given(data=st.data(), zarr_format=st.sampled_from([2, 3]), shape=SHAPES, seed=SEEDS)
@MANY
def test_a_chunk_is_stored_to_the_bit_in_whatever_form_it_comes(
    data: st.DataObject, zarr_format: int, shape: tuple[int, ...], seed: int
) -> None:
    """Catches an axis, byte order, unit or class that is lost in a whole chunk or in a codec."""
    dtype = data.draw(dtypes(zarr_format))
    array = array_of(dtype, shape, zarr_format)
    chunk = array.shards or array.chunks
    value = elements(dtype, data.draw(st.sampled_from([chunk, ()])), seed)
    spelled = data.draw(forms(dtype))(value)
    index = (0,) * len(shape)
    for engine in ENGINES:
        crud.write_chunk(array.metadata, array.store, index, spelled, engine=engine)
        found = crud.read_chunk(array.metadata, array.store, index, engine=engine)
        assert_same(found, np.broadcast_to(value, chunk))
        data_ = crud.encode_chunk(array.metadata, spelled, engine=engine)
        assert_same(crud.decode_chunk(array.metadata, data_, engine=engine), found)


@given(data=st.data(), zarr_format=st.sampled_from([2, 3]), shape=SHAPES, seed=SEEDS)
@MANY
def test_an_assignment_is_stored_to_the_bit_in_whatever_form_it_comes(
    data: st.DataObject, zarr_format: int, shape: tuple[int, ...], seed: int
) -> None:
    """Catches the same losses through `array[...]`, `oindex`, `vindex` and `blocks`."""
    dtype = data.draw(dtypes(zarr_format))
    made = array_of(dtype, shape, zarr_format)
    before = elements(dtype, shape, seed)
    starts = chunk_starts(made)
    drawn = data.draw(selections(shape, starts).filter(is_upstreams))
    wanted = drawn.places.shape
    value_shapes = shapes_for(wanted)
    if drawn.kind == "coordinate":
        # One value for each point, in any shape.
        value_shapes = st.sampled_from([(), wanted, (drawn.places.size,), (1, *wanted)])
    value = elements(dtype, data.draw(value_shapes), seed + 1)
    spelled = data.draw(forms(dtype))(value)
    expected = before.copy()
    if drawn.kind == "coordinate":
        drawn.put(expected, value.reshape(wanted) if value.ndim else value)
    else:
        drawn.put(expected, without_axes(value, len(wanted)))
    for engine in ENGINES:
        array = array_of(dtype, shape, zarr_format).with_engine(engine)
        array[...] = before
        views: dict[str, Any] = {
            "basic": array,
            "orthogonal": array.oindex,
            "coordinate": array.vindex,
            "mask": array.vindex,
            "block": array.blocks,
        }
        views[drawn.kind][drawn.selection] = spelled
        assert_same(array[...], expected)


def without_axes(value: npt.NDArray[Any], rank: int) -> npt.NDArray[Any]:
    """The result of assigning a value with extra axes of length 1 to `rank` axes."""
    return value.reshape(value.shape[max(0, value.ndim - rank) :])


def is_upstreams(drawn: Drawn) -> bool:
    """Whether `array[...]` accepts a selection: no ranges, negative steps or empty lists."""
    if drawn.has_ranges:
        return False
    items = drawn.selection if isinstance(drawn.selection, tuple) else (drawn.selection,)
    backwards = any(isinstance(item, slice) and (item.step or 1) < 0 for item in items)
    return not backwards and not any(isinstance(item, list) and not item for item in items)
