"""Codec pipelines that a library or a user configured, together with an engine."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr.core.codec_pipeline import BatchedCodecPipeline
from zarr.crud.testing import assert_same
from zarr.registry import register_pipeline
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

VALUES = np.arange(35, dtype="i2").reshape(7, 5)
FUSED = "zarr.core.codec_pipeline.FusedCodecPipeline"
ZARRS = "zarrs.ZarrsCodecPipeline"
OURS = "zarr.zarrs.ZarrsCodecPipeline"


class OwnPipeline(BatchedCodecPipeline):
    """A pipeline that the fork does not know."""


register_pipeline(OwnPipeline)
OWN = f"{OwnPipeline.__module__}.{OwnPipeline.__qualname__}"


def opened(store: LocalStore, engine: str, **pipeline: Any) -> Any:
    """An array that was opened while a pipeline was configured, as anndata does."""
    settings = {f"codec_pipeline.{name}": value for name, value in pipeline.items()}
    with warnings.catch_warnings(), zarr.config.set(settings):
        warnings.simplefilter("ignore")
        return zarr.open_array(store, engine=engine)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A ragged array on a local disk."""
    made = LocalStore(tmp_path)
    zarr.create_array(made, data=VALUES, chunks=(3, 2))
    return made


@pytest.mark.parametrize("path", [FUSED, ZARRS, OURS])
def test_auto_takes_the_place_of_what_computes_the_same(store: LocalStore, path: str) -> None:
    """Catches a library that sets a pipeline around each read, and so turns every engine off."""
    ours = opened(store, "auto", path=path)
    assert_same(ours[...], VALUES)
    assert_same(ours.vindex[[0, 6], [1, 4]], VALUES[[0, 6], [1, 4]])
    assert ours.engine_info().operations == {"zarrs": 2}
    assert ours.engine_info().serves == "zarrs"


@pytest.mark.parametrize(
    ("setting", "value", "leaves"),
    [
        ("strict", True, True),
        ("strict", False, False),
        ("direct_io", True, True),
        ("validate_checksums", False, True),
        ("validate_checksums", True, False),
        ("validate_checksums", None, False),
        ("chunk_concurrent_maximum", 2, False),
    ],
)
def test_auto_leaves_a_pipeline_whose_settings_ask_for_more(
    store: LocalStore, setting: str, value: object, *, leaves: bool
) -> None:
    """Catches an engine in place of a pipeline with settings for unchecked or direct reads."""
    ours = opened(store, "auto", path=ZARRS, **{setting: value})
    with zarr.config.set({f"codec_pipeline.{setting}": value}):
        assert_same(ours[...], VALUES)
        assert ours.engine_info().serves == ("zarr" if leaves else "zarrs")
    assert ours.engine_info().operations == {"zarr" if leaves else "zarrs": 1}


def test_auto_leaves_a_pipeline_that_it_does_not_know_and_says_so(
    store: LocalStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Catches a pipeline that was chosen and never receives a chunk."""
    ours = opened(store, "auto", path=OWN)
    with caplog.at_level(logging.WARNING, "zarr.crud"):
        assert_same(ours[...], VALUES)
        ours[0] = 5
    assert ours.engine_info().operations == {"zarr": 2}
    assert ours.engine_info().serves == "zarr"
    assert [record.message.count("'OwnPipeline'") for record in caplog.records] == [1]


@pytest.mark.parametrize("path", [FUSED, ZARRS, OWN])
def test_a_named_engine_serves_whatever_pipeline_is_configured(
    store: LocalStore, path: str
) -> None:
    """Catches a pipeline that serves instead of an engine that was requested by name."""
    ours = opened(store, "zarrs", path=path, strict=True)
    assert_same(ours[...], VALUES)
    assert ours.engine_info().operations == {"zarrs": 1}
