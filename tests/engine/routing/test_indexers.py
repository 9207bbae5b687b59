"""`oindex`, `vindex` and `blocks` of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr._engine.routing.indexers import INDEXERS
from zarr._engine.routing.sync import INDEXERS as ROUTED
from zarr.core.indexing import BlockIndex, OIndex, VIndex
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)
ROWS = np.arange(7) % 3 == 0

# Attributes, selections, and what they select; for some of these, only upstream finds the dialect.
SELECTED: list[tuple[str, Any, Any]] = [
    ("oindex", ([6, 0], slice(1, 4)), np.ix_([6, 0], [1, 2, 3])),
    ("oindex", (6, 4), np.ix_([6], [4])),
    ("oindex", (ROWS, 3), np.ix_(np.flatnonzero(ROWS), [3])),
    ("oindex", (ROWS.tolist(), [4, 0]), np.ix_(np.flatnonzero(ROWS), [4, 0])),
    ("vindex", ([6, 0], [4, 1]), ([6, 0], [4, 1])),
    ("vindex", VALUES > 30, VALUES > 30),
    ("vindex", ([[6], [0]], [4, 1]), ([[6], [0]], [4, 1])),
    ("vindex", (6, 4), (6, 4)),
    ("blocks", (2, slice(1, 3)), (slice(6, 7), slice(2, 5))),
    ("blocks", ..., ...),
]


def array(engine: str) -> Any:
    """A ragged array."""
    return zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2)).with_engine(engine)


@pytest.mark.parametrize(
    ("name", "upstreams"), [("oindex", OIndex), ("vindex", VIndex), ("blocks", BlockIndex)]
)
def test_only_arrays_with_an_engine_have_indexers_of_ours(name: str, upstreams: type) -> None:
    """Catches a failing check of the class, or indexers that slow down arrays without an engine."""
    assert type(getattr(array("zarr"), name)) is upstreams
    ours = getattr(array("zarrs"), name)
    assert type(ours) is INDEXERS[name]
    assert isinstance(ours, upstreams)
    assert set(ROUTED) == INDEXERS.keys()


@pytest.mark.parametrize(("name", "selection", "numpy_index"), SELECTED)
def test_every_selection_is_served_by_the_engine(
    name: str, selection: Any, numpy_index: Any, engine: str
) -> None:
    """Catches an unclear selection that bypasses the engine, or is read in another dialect."""
    ours, native, expected = array(engine), array("zarr"), VALUES.copy()
    found = getattr(ours, name)[selection]
    assert_same(found, getattr(native, name)[selection])
    assert np.ravel(found).tolist() == np.ravel(VALUES[numpy_index]).tolist()
    getattr(ours, name)[selection] = 99
    expected[numpy_index] = 99
    assert_same(ours[...], expected)
    assert ours.engine_info().operations == {engine: 3}
