"""Reads of one chunk: small ones by a reader, larger ones in place."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.dtypes import StringDType

import zarr
from tests.engine.indexers import LAYOUTS, spec_of
from tests.zarrs.pipeline.arrays import VALUES, both, opened
from zarr.core.buffer import default_buffer_prototype
from zarr.core.dtype import VariableLengthBytes
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs._pipeline import quick as quick_module

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True, params=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways for the same results."""
    if request.param == "large":
        monkeypatch.setattr(quick_module, "LARGEST", 0)
    return str(request.param)


def quick(array: Any, key: str, taken: Any, shape: Any, chunk: Any = None) -> Any:
    """What a quick read gives: a status and elements, or nothing."""
    inner = array._async_array
    out = default_buffer_prototype().nd_buffer.from_numpy_array(np.full(shape, -7, array.dtype))
    made = spec_of(inner, chunk or array.shards or array.chunks)
    where = tuple(slice(0, n) for n in shape)
    projection = (inner.store_path / key, made, taken, where, False)
    found = asyncio.run(inner.codec_pipeline._quick.read(projection, out))
    return None if found is None else (found["status"], out.as_numpy_array())


def ready(tmp_path: Path, layout: str = "format 3") -> Any:
    """An array that the pipeline has read before."""
    _, ours = both(LocalStore(tmp_path), layout)
    assert_same(ours[...], VALUES)
    return ours


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "rectilinear"])
def test_elements_and_boxes_are_those_of_the_chunk(layout: str, tmp_path: Path) -> None:
    """Catches elements of another chunk, or of another place in it."""
    ours = ready(tmp_path, layout)
    rows, columns = ours.shards or ours.chunks
    key = ours.metadata.encode_chunk_key((0, 1))
    status, found = quick(ours, key, (1, slice(0, 1)), (1,))
    assert status == "present"
    assert_same(found, VALUES[1, columns : columns + 1])
    assert rows > 1


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        (StringDType(), "ab"),
        ("V3", b"abc"),
        ("i2", 5),
        ([("a", "i1")], (3,)),
        (VariableLengthBytes(), b"xyz"),
    ],
    ids=["string", "raw", "number", "fields", "bytes"],
)
@pytest.mark.parametrize("memory", [False, True], ids=["directory", "memory"])
def test_one_element_of_any_data_type_is_read(
    dtype: Any, value: Any, memory: bool, tmp_path: Path
) -> None:
    """Catches a string or an object where an array is expected, as NumPy gives for one element."""
    store = MemoryStore() if memory else LocalStore(tmp_path)
    native: Any = zarr.create_array(store, shape=(3, 2), chunks=(2, 2), dtype=dtype)
    native[:2] = np.full((2, 2), value, native.dtype)
    ours = opened(native.store)
    for _ in range(2):
        for at in ((1, 1), (-2, -1), (2, 0)):
            expected = np.array(native[...][at], native.dtype)
            assert_same(ours[at], expected)
            assert_same(ours.oindex[at], expected)


def test_a_missing_chunk_is_told_and_filled(tmp_path: Path) -> None:
    """Catches a chunk that is not stored and counts as stored."""
    native: Any = zarr.create_array(
        LocalStore(tmp_path), shape=9, chunks=3, dtype="i4", fill_value=4
    )
    native[3:6] = 1
    ours = opened(native.store)
    _ = ours[...]
    status, found = quick(ours, "c/2", (slice(0, 2),), (2,))
    assert status == "missing"
    assert_same(found, np.array([4, 4], "i4"))
    assert ours[8] == 4


@pytest.mark.parametrize(
    ("key", "taken", "shape"),
    [
        ("c/0/1", ([0, 1], slice(0, 2)), (2, 2)),
        ("c/0/1", (slice(0, 0), slice(0, 2)), (0, 2)),
        ("c/0/1", (slice(2, 0, -1), slice(0, 2)), (2, 2)),
        ("c/0/1", (slice(0, 2),), (2,)),
        ("c/0/1", (3, slice(0, 2)), (2,)),
        ("c/0/1", (slice(0, 3), slice(0, 2)), (2, 2)),
        ("c/00/1", (slice(0, 3), slice(0, 2)), (3, 2)),
        ("c/9/9", (slice(0, 3), slice(0, 2)), (3, 2)),
        ("zarr.json", (slice(0, 3), slice(0, 2)), (3, 2)),
    ],
)
def test_anything_else_is_planned(key: str, taken: Any, shape: Any, tmp_path: Path) -> None:
    """Catches a selection that is read as another one."""
    assert quick(ready(tmp_path), key, taken, shape) is None


def test_other_chunks_and_stores_are_planned(tmp_path: Path) -> None:
    """Catches a reader for a store that waits, or for chunks of another shape."""
    ours = ready(tmp_path)
    assert quick(ours, "c/0/1", (slice(0, 2), slice(0, 2)), (2, 2), chunk=(2, 3)) is None
    _, memory = both(MemoryStore(), "format 3")
    _ = memory[...]
    assert memory._async_array.codec_pipeline._quick is None
    assert opened(ours.store, "some/array")._async_array.codec_pipeline._quick is None


def test_quick_reads_follow_changes(tmp_path: Path) -> None:
    """Catches a chunk that is remembered, or an end of the array that is."""
    ours = ready(tmp_path)
    ours[1, 1] = 99
    assert ours[1, 1] == 99
    ours.resize((9, 5))
    ours[8] = 3
    assert ours[8, 4] == 3
    assert ours[6, 0] == 30
