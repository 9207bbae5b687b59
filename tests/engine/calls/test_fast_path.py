"""Plain reads of arrays: settings that the fast path does not serve are still followed."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.core.config import config
from zarr.errors import ChunkNotFoundError, NegativeStepError
from zarr.registry import register_ndbuffer
from zarr.storage import MemoryStore
from zarr.testing.buffer import NDBufferUsingTestNDArrayLike

VALUES = np.arange(35, dtype="i4").reshape(7, 5)
BOX = (slice(0, 2), slice(1, 3))


@pytest.fixture(params=["zarrs", "auto"])
def array(request: pytest.FixtureRequest) -> Any:
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    made = zarr.open_array(store, engine=request.param)
    # From here on, a reader is kept.
    np.testing.assert_array_equal(made[BOX], VALUES[BOX])
    return made


def test_a_configured_buffer_class_is_refused_or_left_to_upstream(array: Any) -> None:
    """Catches a result of another class than the requested one."""
    register_ndbuffer(NDBufferUsingTestNDArrayLike)
    with config.set({"ndbuffer": "zarr.testing.buffer.NDBufferUsingTestNDArrayLike"}):
        if array.engine == "zarrs":
            with pytest.raises(crud.UnsupportedError, match="NumPy arrays only"):
                array[BOX]
        else:
            assert type(array[BOX]).__name__ == "TestNDArrayLike"


def test_the_order_of_memory_is_that_of_the_array(array: Any) -> None:
    """Catches results in C order for an array in F order: the reader makes only those."""
    turned = array.with_config({"order": "F"})
    found: Any = turned[BOX]
    assert found.flags.f_contiguous
    assert not found.flags.c_contiguous


def test_missing_chunks_are_errors_where_they_are_to_be(array: Any) -> None:
    """Catches fill values from the reader where missing chunks are to be errors."""
    empty: Any = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i4")
    asked = empty.with_engine(array.engine)
    assert asked[0, 0] == 0
    strict = asked.with_config({"read_missing_chunks": False})
    with pytest.raises(ChunkNotFoundError):
        strict[0, 0]


def test_steps_below_one_are_refused_as_by_upstream(array: Any) -> None:
    """Catches a step below 1 that is accepted, as in the functions of zarr.crud."""
    with pytest.raises(NegativeStepError):
        array[::-1]


def test_every_read_is_made_and_counted_once(array: Any) -> None:
    """Catches a read whose result is discarded, and repeated on the slow path."""
    place: Any = namedtuple("place", "y x")  # noqa: PYI024
    for selection in (BOX, (1, 2), ..., place(1, 2), (np.int64(1), 2), ([0, 1], [1, 2])):
        before = array.engine_info().operations.get("zarrs", 0)
        np.testing.assert_array_equal(array[selection], VALUES[selection])
        assert array.engine_info().operations["zarrs"] == before + 1


def test_an_array_that_was_resized_is_read_in_its_new_shape(array: Any) -> None:
    """Catches a reader that uses the old document."""
    array.resize((9, 5))
    assert array[8, 0] == 0
    array.resize((2, 5))
    with pytest.raises(IndexError):
        array[2, 0]
    assert np.asarray(array[...]).shape == (2, 5)
