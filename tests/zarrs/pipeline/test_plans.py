"""What the engine does not serve: left to zarr and logged once, or raised."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from tests.engine.indexers import spec_of
from tests.zarrs.pipeline.arrays import VALUES, both, calls, opened
from zarr import crud
from zarr.core.buffer import default_buffer_prototype
from zarr.core.buffer.core import BufferPrototype
from zarr.core.buffer.cpu import NDBuffer
from zarr.core.sync import sync
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs import (
    UnsupportedMetadataError,
    UnsupportedVIndexingError,
    ZarrsBackend,
    counters,
)
from zarr.zarrs._pipeline import pipeline, plans


class OtherNDBuffer(NDBuffer):
    """An array buffer of another class."""


OTHER = BufferPrototype(default_buffer_prototype().buffer, OtherNDBuffer)


def records(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "zarr.zarrs"]


def test_what_is_not_served_goes_to_zarr_with_one_record(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Catches a silent fallback, or a record for every call, object and task."""
    _, ours = both(LocalStore(tmp_path), "format 3")
    before = counters()
    with caplog.at_level(logging.WARNING, "zarr.zarrs"):
        for array in (ours, ours, opened(LocalStore(tmp_path), "some/array")):
            assert_same(array.get_basic_selection(slice(1, 3), prototype=OTHER), VALUES[1:3])
            array.set_basic_selection(slice(0, 1), VALUES[:1], prototype=OTHER)
    (said,) = records(caplog)
    assert "NumPy arrays only" in said
    assert "some/array" in said
    assert calls(before) == {}
    caplog.clear()
    _, other = both(LocalStore(tmp_path / "other"), "format 3")
    with caplog.at_level(logging.WARNING, "zarr.zarrs"):
        other.get_basic_selection(slice(1, 3), prototype=OTHER)
    assert len(records(caplog)) == 1


def test_the_same_is_an_error_in_strict_mode(caplog: pytest.LogCaptureFixture) -> None:
    """Catches strict mode that only warns, or that zarr itself turns off."""
    native, _ = both(MemoryStore(), "format 3")
    ours = opened(native.store, "some/array", strict=True)
    with pytest.raises(UnsupportedMetadataError, match="NumPy arrays only"):
        ours.get_basic_selection(slice(1, 3), prototype=OTHER)
    with pytest.raises(crud.UnsupportedError):
        ours.set_basic_selection(slice(1, 3), 0, prototype=OTHER)
    assert_same(native[...], VALUES)
    assert_same(ours[1:3], VALUES[1:3])
    assert records(caplog) == []


def test_a_request_for_no_chunk_is_left_or_refused(caplog: pytest.LogCaptureFixture) -> None:
    """Catches elements of another chunk for a key that is none."""
    native, ours = both(MemoryStore(), "format 3")
    strict = opened(native.store, "some/array", strict=True)
    spec = spec_of(ours, (3, 2))
    whole = (slice(0, 3), slice(0, 2))
    out = default_buffer_prototype().nd_buffer.from_numpy_array(np.ones((3, 2), "i4"))
    for key in ("nowhere", "c/00/1", "c/-1/0", "c/0"):
        batch = [(ours._async_array.store_path / key, spec, whole, whole, True)]
        with pytest.raises(UnsupportedVIndexingError):
            sync(strict._async_array.codec_pipeline.read(batch, out))
        with caplog.at_level(logging.WARNING, "zarr.zarrs"):
            sync(ours._async_array.codec_pipeline.read(batch, out))
        assert_same(out.as_numpy_array(), np.zeros((3, 2), "i4"))
    assert len(records(caplog)) == 1


def test_without_the_extension_zarr_serves_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Catches an array that cannot be read because an optional package is missing."""
    plans.engine.cache_clear()
    monkeypatch.setattr(ZarrsBackend, "unavailable", lambda: "it is not installed")
    native, ours = both(MemoryStore(), "format 3")
    with caplog.at_level(logging.WARNING, "zarr.zarrs"):
        assert_same(ours[...], VALUES)
        ours[0] = 5
    assert_same(native[0], np.full(5, 5, "i4"))
    assert ["not installed" in said for said in records(caplog)] == [True]
    assert plans.engine.cache_info().currsize == 0


def test_metadata_that_no_document_describes_is_left_to_zarr(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Catches an array that zarr reads, and the pipeline does not."""

    def refuses(_: Any) -> Any:
        raise crud.DocumentError("its length has forty digits")

    native, ours = both(MemoryStore(), "format 3")
    strict = opened(native.store, "some/array", strict=True)
    monkeypatch.setattr(pipeline, "as_document", refuses)
    with caplog.at_level(logging.WARNING, "zarr.zarrs"):
        assert_same(ours[...], VALUES)
        ours[0] = 3
    assert_same(native[0], np.full(5, 3, "i4"))
    assert ["forty digits" in said for said in records(caplog)] == [True]
    with pytest.raises(UnsupportedMetadataError, match="forty digits"):
        strict[...]
