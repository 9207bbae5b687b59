"""Elements that differ: all of them, the first in order, without reading what is not stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.location import Location
from zarr.crud._verify.elements import Side, differing, unequal
from zarr.crud.backends.registry import get_backend
from zarr.storage import MemoryStore


def side(values: Any, chunks: tuple[int, ...], engine: str = "zarrs", **options: Any) -> Side:
    """A stored array."""
    store = MemoryStore()
    zarr.create_array(store, data=values, chunks=chunks, **options)
    document = as_document(crud.read_metadata(store))
    stored = crud.list_chunks(document, store)
    return Side(document, Location(store, ""), get_backend(engine), stored)


@given(seed=st.integers(0, 10_000), fill=st.sampled_from([0, 1]))
def test_positions_are_those_of_numpy(seed: int, fill: int) -> None:
    """Catches an element that is missed, counted twice, or out of order, with any two chunkings."""
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, 8, random.integers(0, 4)).tolist())
    one = random.integers(0, 2, shape).astype("i2") if shape else np.array(seed % 2, "i2")
    other = np.where(random.random(shape) < 0.2, 1 - one, one).astype("i2")
    first, second = (tuple(random.integers(1, 5, len(shape)).tolist()) for _ in range(2))
    found = unequal(side(one, first), side(other, second, fill_value=fill), DEFAULT_OPTIONS)
    expected = [tuple(place) for place in np.argwhere(one != other).tolist()]
    assert found.elements == len(expected)
    assert found.positions[:1] == expected[:1]
    assert set(found.positions) <= set(expected)
    assert found.positions == sorted(found.positions)
    if fill == 0:
        assert found.positions == expected[:10]


def test_other_fill_values_differ_where_nothing_is_stored() -> None:
    """Catches 10**12 elements that are compared one by one, or taken for equal."""
    made = []
    for fill in (0, 1):
        store = MemoryStore()
        array = zarr.create_array(
            store, shape=(10**6, 10**6), chunks=(10, 10), dtype="u1", fill_value=fill
        )
        array[0, :5] = 7
        document = as_document(array.metadata)
        made.append(Side(document, Location(store, ""), get_backend("zarrs"), [(0, 0)]))
    found = unequal(made[0], made[1], DEFAULT_OPTIONS)
    assert found.elements == 10**12 - 5
    assert found.positions[0] == (0, 5)
    assert unequal(made[0], made[0], DEFAULT_OPTIONS) == (0, [])


def test_bits_decide() -> None:
    """Catches NaNs that differ from themselves, or -0.0 that equals 0.0."""
    one = np.array([np.nan, 0.0, 1.0])
    assert differing(one, one).tolist() == [False] * 3
    assert differing(one, one.astype(">f8")).tolist() == [False] * 3
    assert differing(one, np.array([np.nan, -0.0, 2.0])).tolist() == [False, True, True]
    wide = np.array([1 + 2j, 3])
    assert differing(wide, wide.conj()).tolist() == [True, True]
    assert differing(wide, wide).tolist() == [False, False]
    texts = np.array(["a", "b"], dtype=object)
    assert differing(texts, texts[::-1]).tolist() == [True, True]
    assert differing(np.zeros((), "S3"), np.array(b"abc")).tolist() is True


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_each_engine_compares(engine: str) -> None:
    """Catches a backend that reads one region at a time and loses one."""
    values = np.arange(35.0).reshape(7, 5)
    other = values.copy()
    other[6, 4] = -1
    found = unequal(side(values, (3, 2), engine), side(other, (2, 2), engine), DEFAULT_OPTIONS)
    assert found == (1, [(6, 4)])
