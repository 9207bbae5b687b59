"""Methods of `AsyncArray`: coroutines, with and without an engine."""

from __future__ import annotations

import inspect
from typing import Any

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
    """Catches an additional coroutine around each of upstream's, which doubles the time."""
    method = getattr(array.async_array, name)
    assert inspect.iscoroutinefunction(method)
    coroutine = method(*ASYNC[name])
    assert coroutine.cr_code is inspect.unwrap(method).__code__
    coroutine.close()
    with pytest.raises(TypeError, match="unexpected keyword argument 'order'"):
        method(*ASYNC[name], order="F")


@pytest.mark.parametrize("name", ASYNC)
def test_an_asynchronous_method_with_an_engine_is_one_too(array: Any, name: str) -> None:
    """Catches a method that is not recognized as a coroutine, or renamed parameters."""
    routed = array.async_array.with_engine("reference")
    names = ("mask",) if "mask" in name else ("selection", "value")
    for inner in (array.async_array, routed):
        coroutine = getattr(inner, name)(**dict(zip(names, ASYNC[name], strict=False)))
        assert inspect.iscoroutine(coroutine)
        assert coroutine.__qualname__ == f"AsyncArray.{name}"
        coroutine.close()
