"""Reads of several ranges of an axis, as loaders make them, by the codec pipeline."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.indexers import LAYOUTS, Joined, ask, tell
from tests.zarrs.pipeline.arrays import VALUES, both, calls, opened
from zarr.crud import DecodeError
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs import counters

ROWS = [(4, 7), (0, 2), (1, 3), (5, 6)]
"""Several of them are in one chunk, and some overlap."""


def joined(values: Any) -> Any:
    """The rows of an array."""
    return np.concatenate([values[start:stop] for start, stop in ROWS])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["memory", "local", "async-only"])
def test_ranges_are_read_in_one_call(layout: str, kind: str, tmp_path: Any) -> None:
    """Catches a call for each range of each chunk, and elements in another's place."""
    store: Any = MemoryStore() if kind == "memory" else AsyncOnlyStore()
    _, ours = both(LocalStore(tmp_path) if kind == "local" else store, layout)
    before = counters()
    found = ask(ours, Joined(ours, ROWS))
    assert calls(before) == {"read_regions": 1}
    assert_same(found, joined(VALUES))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ranges_are_written_in_one_call(layout: str) -> None:
    """Catches a call for each range of each chunk, which decodes and encodes the chunk again."""
    rows = [(4, 5), (5, 7), (0, 1), (1, 2)]
    native, ours = both(MemoryStore(), layout)
    values = np.arange(1000, 1000 + 5 * VALUES.shape[1]).astype(VALUES.dtype).reshape(5, -1)
    expected = VALUES.copy()
    expected[np.concatenate([np.arange(*row) for row in rows])] = values
    before = counters()
    tell(ours, Joined(ours, rows), values)
    assert calls(before) == {"write_regions": 1}
    assert_same(native[...], expected)


def test_a_limit_of_chunks_at_a_time_is_kept() -> None:
    """Catches one call that decodes all shards at a time."""
    native, _ = both(MemoryStore(), "shards")
    ours = opened(native.store, "some/array", chunk_concurrent_maximum=1)
    before = counters()
    assert_same(ask(ours, Joined(ours, ROWS)), joined(VALUES))
    assert "read_regions" not in calls(before)


def test_missing_chunks_are_told() -> None:
    """Catches a fill value where a missing chunk is to be an error, and the contrary."""
    native, ours = both(MemoryStore(), "format 3")
    expected = VALUES.copy()
    expected[3:6, 2:4] = 0
    del native.store._store_dict["some/array/c/1/1"]
    assert_same(ask(ours, Joined(ours, ROWS)), joined(expected))
    with zarr.config.set({"array.read_missing_chunks": False}):
        strict = opened(native.store, "some/array")
    with pytest.raises(zarr.errors.ChunkNotFoundError, match="c/1/1"):
        ask(strict, Joined(strict, ROWS))


def test_an_error_names_the_chunk() -> None:
    """Catches an error that names a number that the caller has never seen."""
    native, ours = both(MemoryStore(), "format 3")
    buffer = native.store._store_dict["some/array/c/1/1"]
    native.store._store_dict["some/array/c/1/1"] = buffer[:5]
    with pytest.raises(DecodeError, match="some/array/c/1/1") as caught:
        ask(ours, Joined(ours, ROWS))
    assert "c/1/1" in caught.value.__notes__[-1]
    assert "request" not in caught.value.__notes__[-1]
