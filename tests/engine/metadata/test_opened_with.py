"""With which engine the running call opens nodes."""

from __future__ import annotations

import asyncio

import pytest

import zarr
from zarr._engine.metadata.opened_with import engine_in_play, opened_with


def test_the_engine_of_the_call_has_precedence_over_the_configured_one() -> None:
    """Catches nodes that are opened as if for another engine than theirs."""
    assert engine_in_play() is None
    with opened_with("zarrs"):
        assert engine_in_play() == "zarrs"
        with opened_with(None):
            assert engine_in_play() is None
        with opened_with("zarr"):
            assert engine_in_play() is None
        assert engine_in_play() == "zarrs"
    with zarr.config.set({"array.engine": "reference"}):
        assert engine_in_play() == "reference"
        with opened_with("zarr"):
            assert engine_in_play() is None
    assert engine_in_play() is None


def test_an_error_ends_it() -> None:
    """Catches an engine that stays in play after a failed call."""
    with pytest.raises(KeyError), opened_with("zarrs"):
        raise KeyError
    assert engine_in_play() is None


def test_other_tasks_do_not_see_it() -> None:
    """Catches a call whose engine is in play in a task beside it."""

    async def within(begun: asyncio.Event, seen: asyncio.Event) -> None:
        with opened_with("zarrs"):
            begun.set()
            await seen.wait()

    async def beside() -> object:
        begun, seen = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(within(begun, seen))
        await begun.wait()
        found = engine_in_play()
        seen.set()
        await task
        return found

    assert asyncio.run(beside()) is None
