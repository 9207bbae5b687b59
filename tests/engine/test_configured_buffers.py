"""Stores get the buffers that are configured, as on zarr's own path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.buffer import BufferPrototype
from zarr.core.buffer.cpu import NDBuffer
from zarr.crud import UnsupportedError
from zarr.crud.testing import assert_same
from zarr.registry import register_buffer
from zarr.testing.buffer import StoreExpectingTestBuffer, TestBuffer

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


class AsyncExpecting(StoreExpectingTestBuffer):
    """A store whose two kinds of methods differ, so that the event loop must be used."""

    async def get(self, *args: Any, **kwargs: Any) -> Any:
        return await super().get(*args, **kwargs)

    async def set(self, *args: Any, **kwargs: Any) -> None:
        await super().set(*args, **kwargs)


@pytest.mark.parametrize("store_type", [StoreExpectingTestBuffer, AsyncExpecting])
@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_stores_see_the_configured_buffers(engine: str, store_type: Any, shards: Any) -> None:
    """Catches a store for another kind of memory that receives buffers of the CPU."""
    register_buffer(TestBuffer)
    name = f"{TestBuffer.__module__}.{TestBuffer.__qualname__}"
    with zarr.config.set({"buffer": name}):
        array: Any = zarr.create_array(
            store_type(), shape=(7, 5), chunks=(3, 2), shards=shards, dtype="i2", engine=engine
        )
        array[...] = VALUES
        array[1:3, 1] = 9
        expected = VALUES.copy()
        expected[1:3, 1] = 9
        assert_same(array[...], expected)


def test_other_buffers_for_one_call_are_refused(engine: str) -> None:
    """Catches a prototype whose buffers would never reach the store."""
    array: Any = zarr.create_array({}, data=VALUES, chunks=(3, 2), engine=engine)
    prototype = BufferPrototype(TestBuffer, NDBuffer)
    with pytest.raises(UnsupportedError, match="configured buffers only"):
        array.get_basic_selection(..., prototype=prototype)
