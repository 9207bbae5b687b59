"""The implementations of the methods of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from zarr import crud
from zarr._engine.calls.methods import READS, UNSERVED, WRITES, read_item, write_async
from zarr.core.sync import sync
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)
MASK = VALUES % 3 == 1

# The selection that each method takes here, and the elements that it selects.
SELECTED: dict[str, tuple[Any, Any]] = {
    "basic": ((slice(5, 7), 4), (slice(5, 7), 4)),
    "orthogonal": (([6, 0], [4, 1]), np.ix_([6, 0], [4, 1])),
    "coordinate": (([6, 0], [4, 1]), ([6, 0], [4, 1])),
    "mask": (MASK, MASK),
    "block": ((2, 1), (slice(6, 7), slice(2, 4))),
}


def made(engine: str, data: Any = VALUES) -> Any:
    """A ragged array with an engine."""
    array = zarr.create_array(MemoryStore(), data=data, chunks=(3, 2)[: np.ndim(data)])
    return array.with_engine(engine).async_array


@pytest.mark.parametrize("dialect", SELECTED)
def test_each_method_reads_and_writes_in_its_own_dialect(dialect: str, engine: str) -> None:
    """Catches two methods that use the same dialect, so that one is wrong."""
    selection, numpy_index = SELECTED[dialect]
    array, expected = made(engine), VALUES.copy()
    found: Any = READS[f"get_{dialect}_selection"](array, selection)
    assert_same(found, VALUES[numpy_index])
    value = -VALUES[numpy_index]
    assert WRITES[f"set_{dialect}_selection"](array, selection, value) is None
    expected[numpy_index] = value
    found = READS["getitem"](array, ...)
    assert_same(found, expected)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("getitem", np.int16), ("get_basic_selection", np.int16), ("get_orthogonal_selection", None)],
)
def test_one_element_of_the_basic_dialect_is_a_scalar(name: str, kind: Any, engine: str) -> None:
    """Catches an array of rank 0 instead of a scalar, or the reverse."""
    found = READS[name](made(engine), (6, 4))
    assert type(found) is (kind or np.ndarray)
    assert found == VALUES[6, 4]
    alone = READS[name](made(engine, np.int16(3)), ())
    assert type(alone) is (kind or np.ndarray)
    assert alone == 3


@pytest.mark.parametrize("selection", [[[True, False] * 3 + [True]], (None, 0), ([0.0], 1)])
def test_an_unclear_dialect_is_left_to_upstream(selection: Any, engine: str) -> None:
    """Catches a guess about an unclear selection, or an error that differs from upstream's."""
    array = made(engine)
    assert read_item(array, selection) is UNSERVED
    assert array.engine_info().operations == {}


def test_a_call_that_auto_leaves_has_done_nothing() -> None:
    """Catches values that are written twice, or a call that is counted for an engine."""
    store = MemoryStore()
    crud.create(SERVED_BY_NOBODY, store)
    before = dict(store._store_dict)
    array: Any = zarr.open_array(store, engine="auto").async_array
    assert read_item(array, (0, 0)) is UNSERVED
    for dialect, (selection, _) in SELECTED.items():
        assert READS[f"get_{dialect}_selection"](array, selection) is UNSERVED
        assert WRITES[f"set_{dialect}_selection"](array, selection, 1) is UNSERVED
    assert sync(write_async(array, ..., 1, None)) is UNSERVED
    assert store._store_dict == before
    assert array.engine_info().operations == {}
