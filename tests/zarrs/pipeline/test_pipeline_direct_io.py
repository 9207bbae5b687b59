"""The codec pipeline without the page cache."""

from __future__ import annotations

import logging
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.engine.indexers import LAYOUTS, spec_of
from tests.zarrs.pipeline.arrays import VALUES, both, opened
from zarr.core.sync import sync
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs import UnsupportedMetadataError, counters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def moved(work: Callable[[], object]) -> tuple[int, int]:
    """The bytes that are read and written directly during the work."""
    names = ("bytes_read_directly", "bytes_written_directly")
    before = counters()
    work()
    after = counters()
    return tuple(after[name] - before[name] for name in names)  # type: ignore[return-value]


def records(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "zarr.zarrs"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_kind_of_indexing_reads_and_writes_directly(tmp_path: Path, layout: str) -> None:
    """Catches a way of the pipeline, such as the quick one, that uses the page cache, or a layout
    whose bytes differ.
    """
    native, _ = both(LocalStore(tmp_path), layout)
    with zarr.config.set({"array.rectilinear_chunks": True}):
        ours = opened(LocalStore(tmp_path), "some/array", direct_io=True, strict=True)
    expected = VALUES.copy()
    reads: dict[str, Callable[[], Any]] = {
        "whole": lambda: assert_same(ours[...], expected),
        "one": lambda: assert_same(ours[2, 1], expected[2, 1]),
        "again": lambda: assert_same(ours[1:3, 1], expected[1:3, 1]),
        "steps": lambda: assert_same(ours[::3], expected[::3]),
        "lists": lambda: assert_same(ours.oindex[[5, 0], 1:4], expected[[5, 0], 1:4]),
        "points": lambda: assert_same(ours.vindex[[6, 0], [4, 1]], expected[[6, 0], [4, 1]]),
        "blocks": lambda: assert_same(ours.blocks[0, 0], native.blocks[0, 0]),
    }
    for name, read in reads.items():
        assert moved(read)[0] > 0, name
    selections: list[Any] = [
        (slice(1, 6), 2),
        (slice(None), slice(0, 3)),
        (..., slice(None, None, 2)),
    ]
    for selection in selections:
        expected[selection] += 100
        _, written = moved(lambda at=selection: ours.__setitem__(at, expected[at]))  # type: ignore[misc]
        assert written > 0
        assert_same(native[...], expected)


def test_a_pickle_follows_the_setting_of_its_process(tmp_path: Path) -> None:
    """Catches a setting that travels."""
    both(LocalStore(tmp_path), "format 3")
    ours = opened(LocalStore(tmp_path), "some/array", direct_io=True)
    copy = pickle.loads(pickle.dumps(ours))
    assert moved(lambda: copy[...]) == (0, 0)


def test_another_store_uses_its_own_way_with_one_record(caplog: pytest.LogCaptureFixture) -> None:
    """Catches a setting that is accepted and has no effect, without a word."""
    native, _ = both(MemoryStore(), "format 3")
    ours = opened(native.store, "some/array", direct_io=True)
    with caplog.at_level(logging.WARNING, "zarr.zarrs"):
        assert_same(ours[...], VALUES)
        ours[...] = VALUES + 1
        assert_same(ours[2:4, 1], VALUES[2:4, 1] + 1)
    (said,) = records(caplog)
    assert "direct_io is set" in said
    assert said.endswith("the page cache is used")


def test_another_store_is_an_error_in_strict_mode(caplog: pytest.LogCaptureFixture) -> None:
    """Catches strict mode that only warns, or that gives the setting up after the first error."""
    native, _ = both(MemoryStore(), "format 3")
    ours = opened(native.store, "some/array", direct_io=True, strict=True)
    for _ in range(2):
        with pytest.raises(UnsupportedMetadataError, match="direct_io"):
            ours[...]
        with pytest.raises(UnsupportedMetadataError, match="direct_io"):
            ours[...] = 5
    assert_same(native[...], VALUES)
    assert records(caplog) == []


def test_chunks_in_memory_need_no_file(tmp_path: Path) -> None:
    """Catches an error where the pipeline only encodes or decodes."""
    both(LocalStore(tmp_path), "format 3")
    ours = opened(LocalStore(tmp_path), "some/array", direct_io=True, strict=True)
    pipeline = ours.async_array.codec_pipeline
    spec = spec_of(ours, (3, 2))
    chunk = spec.prototype.nd_buffer.from_numpy_array(np.ones(spec.shape, "i4"))
    (stored,) = sync(pipeline.encode([(chunk, spec)]))
    (decoded,) = sync(pipeline.decode([(stored, spec)]))
    assert_same(decoded.as_numpy_array(), np.ones(spec.shape, "i4"))
