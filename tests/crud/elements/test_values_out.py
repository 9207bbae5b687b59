"""Targets of reads: arrays of every subclass are filled as plain memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.core.buffer.cpu import NDBuffer
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")

VALUES = np.arange(35, dtype="f8").reshape(7, 5)
ROWS = np.array([[0, 1, 2], [6, 3, 0]])
COLUMNS = np.array([[4, 1, 0], [0, 0, 3]])


def array_of(values: Any, **options: Any) -> zarr.Array[Any]:
    return zarr.create_array(MemoryStore(), data=values, chunks=(3, 2), **options)


@pytest.mark.parametrize(
    ("kind", "selection"),
    [
        ("basic", (slice(1, 6, 2), slice(None))),
        ("orthogonal", ([0, 6], slice(1, 4))),
        ("coordinate", (ROWS, COLUMNS)),
        ("block", (slice(1, 3), 0)),
    ],
)
def test_a_matrix_is_filled_as_any_array(engine: str, kind: Any, selection: Any) -> None:
    """Catches a flat view of a matrix that is not flat: a matrix always has two axes."""
    array = array_of(VALUES)
    where = {"kind": kind, "engine": engine}
    expected: Any = crud.read_region(array.metadata, array.store, selection, **where)
    out = np.zeros(expected.shape).view(np.matrix)
    found = crud.read_region(array.metadata, array.store, selection, out=out, **where)
    assert found is out
    assert_same(np.asarray(out), expected)


def test_a_masked_array_is_not_filled(engine: str) -> None:
    """Catches a result that stays hidden under the mask."""
    array = array_of(VALUES)
    out: Any = np.ma.masked_all((7, 5))
    with pytest.raises(crud.ValueShapeError, match="mask"):
        crud.read_region(array.metadata, array.store, out=out, engine=engine)
    # Arrays of zarr assign to the target, which clears a mask.
    found: Any = array.with_engine(engine).get_basic_selection(out=NDBuffer(out))
    assert not np.ma.getmaskarray(found).any()
    assert_same(np.asarray(found), VALUES)


def test_an_element_of_rank_0_is_bytes(engine: str) -> None:
    """Catches an array of an object instead of the object."""
    made: Any = zarr.create_array(
        MemoryStore(), shape=(), dtype=zarr.dtype.VariableLengthBytes(), zarr_format=2
    )
    array = made.with_engine(engine)
    array[...] = np.array(b"some", object)
    for found in (
        array[()],
        crud.read_chunk(array.metadata, array.store, (), engine=engine)[()],
        crud.read_region(array.metadata, array.store, engine=engine),
    ):
        assert type(found) is bytes
        assert found == b"some"
