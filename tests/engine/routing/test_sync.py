"""Methods of arrays that go to the engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.entry_points import VALUES
from zarr._engine.calls.methods import READS, WRITES
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore


@pytest.fixture
def array() -> Any:
    """A ragged array without an engine."""
    return zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))


def test_every_selection_method_of_upstream_is_routed() -> None:
    """Catches a new dialect of upstream that bypasses the engine."""
    for cls in (zarr.Array, zarr.AsyncArray):
        public = {name for name in dir(cls) if name.endswith("_selection") and name[0] != "_"}
        assert public <= READS.keys() | WRITES.keys()
        for name in public | ({"getitem", "setitem"} if cls is zarr.AsyncArray else {"append"}):
            assert "_engine" in getattr(cls, name).__code__.co_filename, name


def test_a_call_passes_at_most_four_functions_of_ours(array: Any) -> None:
    """Catches nested wrappers, each of which costs a tenth of a microsecond."""
    mask = VALUES > 3
    calls: list[Callable[[], Any]] = [
        lambda: array[...],
        lambda: array[0, 0],
        lambda: array[[1, 5, 3], [0, 2, 4]],
        lambda: array[mask],
        lambda: array.oindex[[1, 5, 3], :],
        lambda: array.vindex[[1, 5, 3], [0, 2, 4]],
        lambda: array.blocks[1, 2],
        lambda: array.get_mask_selection(mask),
        lambda: array.__setitem__((0, 0), 7),
        lambda: array.oindex.__setitem__(([1, 5, 3], slice(None)), 7),
        lambda: array.blocks.__setitem__((1, 2), 7),
    ]
    for call in calls:
        assert 0 < _frames_of_ours(call) <= 4
    assert np.array_equal(array[1], [7] * 5)


def _frames_of_ours(call: Callable[[], Any]) -> int:
    files: list[str] = []
    sys.setprofile(lambda frame, event, _: files.append(frame.f_code.co_filename))
    try:
        call()
    finally:
        sys.setprofile(None)
    return sum("_engine" in file for file in files) // 2


def test_the_basic_dialect_selects_everything_by_default(array: Any, asked: str) -> None:
    """Catches a wrapper that requires a selection where upstream's method has a default."""
    assert_same(array.with_engine(asked).get_basic_selection(), VALUES)
    with pytest.raises(TypeError, match="selection"):
        array.with_engine(asked).get_orthogonal_selection()
