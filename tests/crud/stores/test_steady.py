"""Memory that cannot change."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
import pytest

from zarr.crud._stores.steady import is_steady

BYTES = bytes(range(64))
OWNED = np.frombuffer(BYTES, "u1").copy()


def read_only(array: Any) -> Any:
    """A view of an array that cannot be written to."""
    view = array[:]
    view.flags.writeable = False
    return view


MAPPED = mmap.mmap(-1, 64, access=mmap.ACCESS_READ)

STEADY: dict[str, Any] = {
    "bytes": np.frombuffer(BYTES, "u1"),
    "a slice of bytes": np.frombuffer(BYTES, "u1")[3:9],
    "a reversed view of other elements": np.frombuffer(BYTES, "<u4").reshape(4, 4)[::-1, 1:],
    "a view of bytes": np.frombuffer(memoryview(BYTES)[3:], "u1"),
    "a view of a view": np.asarray(memoryview(np.frombuffer(BYTES, "u1"))),
    "no bytes": np.frombuffer(b"x", "u1")[:0],
}
MOVING: dict[str, Any] = {
    "its own memory": OWNED,
    "its own memory, marked": read_only(OWNED),
    "a read-only view of a writable one": np.frombuffer(memoryview(OWNED).toreadonly(), "u1"),
    "a bytearray": np.frombuffer(bytearray(BYTES), "u1"),
    "a read-only view of a bytearray": np.frombuffer(
        memoryview(bytearray(BYTES)).toreadonly(), "u1"
    ),
    "a file in memory": np.frombuffer(MAPPED, "u1"),
}


@pytest.mark.parametrize("name", STEADY)
def test_memory_of_bytes_is_steady(name: str) -> None:
    """Catches a needless copy of every chunk before it is decoded."""
    assert is_steady(STEADY[name])


@pytest.mark.parametrize("name", MOVING)
def test_memory_that_may_be_written_to_is_not_steady(name: str) -> None:
    """Catches a decoder that reads out of bounds because the memory changes meanwhile."""
    assert not is_steady(MOVING[name])
