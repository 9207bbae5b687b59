"""Which stores never wait, by their exact types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from zarr._engine.nodes.waiting import never_waits
from zarr.storage import (
    FsspecStore,
    LocalStore,
    LoggingStore,
    ManagedMemoryStore,
    MemoryStore,
    StorePath,
    WrapperStore,
    ZipStore,
)
from zarr.testing.store import LatencyStore

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET: list[Callable[[Path], Any]] = [
    lambda _: None,
    lambda _: {},
    str,
    lambda folder: f"file://{folder}",
    Path,
    LocalStore,
    lambda _: MemoryStore(),
    lambda _: ManagedMemoryStore(),
    lambda folder: ZipStore(folder / "a.zip", mode="w"),
    lambda folder: StorePath(LocalStore(folder), "x"),
    lambda _: LoggingStore(WrapperStore(MemoryStore())),
]


class OwnLocal(LocalStore):
    """A subclass, whose methods may wait."""


class OwnMemory(MemoryStore):
    """As above."""


class OwnText(str):
    """A string that may mean anything."""

    __slots__ = ()


OTHERS: list[Callable[[Path], Any]] = [
    OwnLocal,
    lambda _: OwnMemory(),
    lambda folder: StorePath(OwnLocal(folder)),
    lambda folder: LoggingStore(OwnLocal(folder)),
    lambda _: LatencyStore(MemoryStore()),
    lambda _: FsspecStore.from_url("memory://x"),
    lambda _: "memory://x",
    lambda _: "s3://bucket/key",
    lambda folder: OwnText(folder),
    lambda _: object(),
]


@pytest.mark.parametrize("number", range(len(QUIET)))
def test_files_and_memory_never_wait(number: int, tmp_path: Path) -> None:
    """Catches a store that needs zarr's event loop for nothing."""
    assert never_waits(QUIET[number](tmp_path))


@pytest.mark.parametrize("number", range(len(OTHERS)))
def test_what_may_wait_is_left_to_zarrs_loop(number: int, tmp_path: Path) -> None:
    """Catches a store whose objects belong to another event loop than the one that runs them."""
    assert not never_waits(OTHERS[number](tmp_path))
