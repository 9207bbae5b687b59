"""Reads that raise on the thread of zarr's event loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr.core.sync as zarr_sync
from zarr.zarrs._reader import OffLoop


class Reader:
    """A reader that notes its calls."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def read_chunk(self, index: Any, /) -> Any:
        self.calls.append(index)
        return np.ones(3)

    def read_region(self, selection: Any, /) -> Any:
        self.calls.append(selection)
        return np.ones(3)


def test_a_reader_is_called_anywhere_but_on_zarrs_loop() -> None:
    """Catches a wait on the thread of the loop, and an argument or result that is lost."""
    inner = Reader()
    reader = OffLoop(inner)

    async def call(read: Any) -> Any:
        return read((1, 2))

    for read in (reader.read_chunk, reader.read_region):
        inner.calls.clear()
        with pytest.raises(zarr_sync.SyncError):
            zarr_sync.sync(call(read), timeout=60)
        assert not inner.calls
        found = read((1, 2))
        assert found is not None
        assert np.array_equal(found, np.ones(3))
        assert inner.calls == [(1, 2)]
