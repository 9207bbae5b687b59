"""Where an array keeps the codec pipeline that zarr made for it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import zarr
from zarr._engine.engines.native_pipeline import HELD, PIPELINE, native_pipeline, place_pipeline
from zarr.core.codec_pipeline import BatchedCodecPipeline, FusedCodecPipeline


def test_the_pipeline_is_stored_where_the_engine_needs_it() -> None:
    """Catches an attribute that hides the pipeline of the engine, or that replaces zarr's own."""
    made = object()
    array = SimpleNamespace(config=SimpleNamespace(engine="zarr"), **{PIPELINE: made})
    for engine, name in (("zarrs", HELD), ("auto", HELD), ("zarr", PIPELINE), ("zarr", PIPELINE)):
        array.config.engine = engine
        place_pipeline(array)
        assert {PIPELINE, HELD} & vars(array).keys() == {name}
        assert native_pipeline(array) is made


def test_an_array_without_a_pipeline_stays_without_one() -> None:
    """Catches an error in the constructor of a class that makes no pipeline."""
    array = SimpleNamespace(config=SimpleNamespace(engine="zarrs"))
    place_pipeline(array)
    assert vars(array).keys() == {"config"}


@pytest.mark.parametrize("engine", ["zarr", "reference", "zarrs", "auto"])
def test_every_array_keeps_the_pipeline_that_zarr_made(engine: str) -> None:
    """Catches an engine's pipeline in the place of zarr's, which the engine may have to call."""
    array = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2", engine=engine)
    held = native_pipeline(array.async_array)
    assert isinstance(held, BatchedCodecPipeline | FusedCodecPipeline)
    assert native_pipeline(array.with_engine("zarr").async_array) == held
    assert list(held) == list(array.metadata.codecs)  # type: ignore[union-attr]
