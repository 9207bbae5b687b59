"""Whether zarr itself calls a function of its interface."""

from __future__ import annotations

import asyncio
import sys
from types import FunctionType
from typing import Any

import pytest

from zarr._engine.engines.callers import called_by_zarr, is_zarrs


def code_of(module: str, function: Any) -> Any:
    """A function that calls another one, as if it were in a module."""

    def call() -> Any:
        return called()  # type: ignore[name-defined]  # noqa: F821  # in the module's namespace

    return FunctionType(call.__code__, {"__name__": module, "called": function})


@pytest.mark.parametrize("module", ["zarr.api.asynchronous", "zarr.core.group"])
def test_zarr_calls_through_any_wrapper_of_ours(module: str) -> None:
    """Catches a wrapper that is taken for the caller."""
    wrapper = code_of("zarr._engine.keyword.decorators", called_by_zarr)
    assert code_of(module, wrapper)()
    assert code_of("tests.store", code_of(module, wrapper))()


@pytest.mark.parametrize("module", ["tests.store", "zarrista", "zarr_store", "asyncio_store"])
def test_others_call_for_themselves(module: str) -> None:
    """Catches a store whose calls count as those of zarr, because of its name or its caller."""
    wrapper = code_of("zarr._engine.keyword.decorators", called_by_zarr)
    assert not code_of("zarr.core.group", code_of(module, wrapper))()
    assert not called_by_zarr()


async def test_a_task_counts_as_zarrs() -> None:
    """Catches the tasks of `save_group`, which would lose its engine."""

    async def call() -> bool:
        return called_by_zarr()

    # As if it were a wrapper of ours.
    names = {"__name__": "zarr._engine.keyword.decorators", "called_by_zarr": called_by_zarr}
    wrapper: Any = FunctionType(call.__code__, names)
    assert await asyncio.create_task(wrapper())
    assert not await wrapper()


def test_code_of_zarr_is_known_by_its_module() -> None:
    """Catches a module of others with a name that begins alike."""
    assert code_of("zarr.core.group", lambda: is_zarrs(sys._getframe(1)))()
    assert not code_of("zarrista", lambda: is_zarrs(sys._getframe(1)))()
