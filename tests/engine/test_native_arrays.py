"""Arrays without an engine: the overhead between a call and upstream's own code."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.entry_points import VALUES
from zarr.storage import MemoryStore

ASYNC: dict[str, tuple[Any, ...]] = {
    "getitem": (...,),
    "get_orthogonal_selection": (([0, 1], [2]),),
    "get_coordinate_selection": (([0, 1], [2, 2]),),
    "get_mask_selection": (VALUES > 3,),
    "setitem": (..., 7),
}


@pytest.fixture
def array() -> Any:
    """A ragged array without an engine."""
    return zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))


@pytest.mark.parametrize("name", ASYNC)
def test_an_asynchronous_call_is_upstreams_own_coroutine(array: Any, name: str) -> None:
    """An additional coroutine around each of upstream's, which doubles the time."""
    method = getattr(array.async_array, name)
    assert inspect.iscoroutinefunction(method)
    coroutine = method(*ASYNC[name])
    assert coroutine.cr_code is inspect.unwrap(method).__code__
    coroutine.close()
    with pytest.raises(TypeError, match="unexpected keyword argument 'order'"):
        method(*ASYNC[name], order="F")


@pytest.mark.parametrize("name", ASYNC)
def test_an_asynchronous_method_with_an_engine_is_one_too(array: Any, name: str) -> None:
    """Code that checks whether to await; and the names of upstream's parameters."""
    routed = array.async_array.with_engine("reference")
    names = ("mask",) if "mask" in name else ("selection", "value")
    for inner in (array.async_array, routed):
        coroutine = getattr(inner, name)(**dict(zip(names, ASYNC[name], strict=False)))
        assert inspect.iscoroutine(coroutine)
        assert coroutine.__qualname__ == f"AsyncArray.{name}"
        coroutine.close()


def test_a_call_passes_at_most_three_functions_of_ours(array: Any) -> None:
    """Nested wrappers, each of which costs a tenth of a microsecond."""
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
        assert 0 < _frames_of_ours(call) <= 3
    assert np.array_equal(array[1], [7] * 5)


def _frames_of_ours(call: Callable[[], Any]) -> int:
    files: list[str] = []
    sys.setprofile(lambda frame, event, _: files.append(frame.f_code.co_filename))
    try:
        call()
    finally:
        sys.setprofile(None)
    return sum("_engine" in file for file in files) // 2
