"""Limits."""

from __future__ import annotations

import os

import pytest

import zarr
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud._repack.limits import VARIABLE, Limits, itemsize_of


def test_threads_fit_into_the_memory() -> None:
    """Catches more values at a time than there may be."""
    limits = Limits(1000, are_folders=False)
    assert limits.threads(400) == 2
    assert limits.threads(5000) == 1
    assert limits.threads(1) <= 1000
    assert Limits(1 << 40, are_folders=True).threads(0) <= 8


def test_processors_are_those_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches buffers for all processors of a machine, of which a job may use few."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5, 7}, raising=False)
    assert Limits(1000, are_folders=True).processors == 3
    assert Limits(1000, are_folders=True, concurrency=2).processors == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert Limits(1000, are_folders=True).processors == 1


def test_a_chunk_that_is_too_large_is_named() -> None:
    """Catches an array that fails for want of memory after hours."""
    limits = Limits(1000, are_folders=False)
    limits.check("a", 1000)
    with pytest.raises(crud.DecodedSizeError, match=r"'a' takes 1001 bytes .*max_memory=1000"):
        limits.check("a", 1001)


def test_elements_of_variable_length_count_for_some_bytes() -> None:
    """Catches texts that count as pointers."""
    texts = as_document(zarr.create_array({}, shape=2, dtype=str).metadata)
    assert itemsize_of(texts) == VARIABLE
    assert itemsize_of(as_document(zarr.create_array({}, shape=2, dtype="i2").metadata)) == 2
