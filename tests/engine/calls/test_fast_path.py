"""Plain reads of arrays: settings that the fast path does not serve are still followed."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections import namedtuple
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

import zarr
from tests.engine.backends import Recording
from zarr import crud
from zarr._engine.engines.copies import READER
from zarr.core.config import config
from zarr.errors import ChunkNotFoundError, NegativeStepError
from zarr.registry import register_ndbuffer
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.buffer import NDBufferUsingTestNDArrayLike

if TYPE_CHECKING:
    from pathlib import Path

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


def test_options_that_are_configured_later_are_followed(array: Any) -> None:
    """Catches a kept reader that goes on as before after zarr was configured."""
    empty: Any = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i4")
    asked = empty.with_engine(array.engine)
    assert asked[0, 0] == 0
    strict = config.set({"array.engine_options": {"missing_chunks": "error"}})
    with strict, pytest.raises(ChunkNotFoundError):
        asked[0, 0]
    assert asked[0, 0] == 0
    with config.set({"threading.max_workers": 0}), pytest.raises(ValueError, match="max_workers"):
        asked[0, 0]


@pytest.mark.parametrize("part", ["config", "store_path"])
def test_another_part_of_an_array_object_is_followed(array: Any, part: str) -> None:
    """Catches a reader of what the array was: upstream replaces parts of a frozen object."""
    store = MemoryStore()
    zarr.create_array(store, data=VALUES + 1, chunks=(3, 2))
    other = zarr.open_array(store, engine="zarr")
    ours = array._async_array
    object.__setattr__(ours, part, getattr(other._async_array, part))
    expected = VALUES + (part == "store_path")
    np.testing.assert_array_equal(array[BOX], expected[BOX])
    assert (array.engine == "zarr") == (part == "config")
    assert array.engine_info().operations.get("zarrs", 0) == 1 + (part == "store_path")


class Preferred(Recording):
    """A backend that `"auto"` chooses first."""

    name: ClassVar[str] = "preferred"
    preference: ClassVar[int] = 1_000_000


def test_a_backend_that_is_registered_later_is_asked() -> None:
    """Catches `"auto"` that stays with the reader of the backend that was the best."""
    array: Any = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2)).with_engine("auto")
    array[BOX]
    with crud.register_backend(Preferred):
        array[BOX]
    array[BOX]
    assert array.engine_info().operations == {"zarrs": 2, "preferred": 1}


def test_a_pipeline_that_is_configured_later_serves(tmp_path: Path) -> None:
    """Catches `"auto"` that keeps its reader although the user made the pipeline strict."""
    store = LocalStore(tmp_path)
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    with warnings.catch_warnings(), config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"}):
        warnings.simplefilter("ignore")
        array: Any = zarr.open_array(store, engine="auto")
    array[BOX]
    with config.set({"codec_pipeline.strict": True}):
        np.testing.assert_array_equal(array[BOX], VALUES[BOX])
    assert array.engine_info().operations == {"zarrs": 1, "zarr": 1}


def test_copies_of_an_array_look_for_their_own_reader(tmp_path: Path) -> None:
    """Catches a kept reader that cannot be pickled, or that makes a copy count for the first."""
    zarr.create_array(LocalStore(tmp_path), data=VALUES, chunks=(3, 2))
    array: Any = zarr.open_array(tmp_path, engine="zarrs")
    array[BOX]
    for other in (copy.deepcopy(array), pickle.loads(pickle.dumps(array))):
        np.testing.assert_array_equal(other[BOX], VALUES[BOX])
        assert other.engine_info().operations == {"zarrs": 1}
    assert array.engine_info().operations == {"zarrs": 1}


def test_an_array_with_options_keeps_a_reader_with_them(array: Any) -> None:
    """Catches options that are lost on the fast path, or that make each read take the slow one."""
    given = {"memory_pool": 0, "missing_chunks": "error", "chunk_cache": 1 << 20}
    asked = array.with_config({"engine_options": given})
    crud.delete_chunk(array.metadata, array.store, (0, 0))
    assert asked[6, 4] == VALUES[6, 4]
    held = asked._async_array.__dict__[READER]
    assert held is not None
    for place in ((0, 0), (slice(0, 3), 1)):
        with pytest.raises(ChunkNotFoundError):
            asked[place]
    assert asked[6, 4] == VALUES[6, 4]
    assert asked._async_array.__dict__[READER] is held
    small = array.with_config({"engine_options": {"decoded_size_budget": 40}})
    assert small[6, 4] == VALUES[6, 4]
    with pytest.raises(crud.DecodedSizeError, match="decoded_size_budget"):
        small[...]
