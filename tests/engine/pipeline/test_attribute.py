"""The attribute `codec_pipeline` of arrays."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from zarr._engine.pipeline.attribute import ArrayPipeline
from zarr._engine.pipeline.pipeline import EnginePipeline
from zarr.storage import MemoryStore


def made(**options: Any) -> Any:
    """A ragged array without an engine."""
    layout: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"}
    return zarr.create_array(MemoryStore(), **layout, **options).async_array


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_only_arrays_with_an_engine_have_a_pipeline_of_ours(engine: str, zarr_format: int) -> None:
    """Catches a library that uses an array's pipeline and bypasses its engine, or the reverse."""
    native = made(zarr_format=zarr_format)
    assert isinstance(type(native).codec_pipeline, ArrayPipeline)
    assert type(native.codec_pipeline).__module__ == "zarr.core.codec_pipeline"
    ours = native.with_engine(engine)
    assert type(ours.codec_pipeline) is EnginePipeline
    assert list(ours.codec_pipeline) == list(native.codec_pipeline)
    assert type(ours.with_engine("zarr").codec_pipeline) is type(native.codec_pipeline)


def test_a_pipeline_counts_for_its_array(engine: str) -> None:
    """Catches operations that are counted for another array object of the same data."""
    ours = made().with_engine(engine)
    other = ours.with_engine(engine)
    ours.codec_pipeline._count("zarr")
    ours.codec_pipeline._count(engine)
    assert ours.engine_info().operations == {"zarr": 1, engine: 1}
    assert other.engine_info().operations == {}


def test_an_object_without_a_pipeline_has_no_such_attribute() -> None:
    """Catches a bare `KeyError` from an object that a copy or pickle has not yet filled."""
    empty = object.__new__(zarr.AsyncArray)
    assert not hasattr(empty, "codec_pipeline")
    with pytest.raises(AttributeError, match="'AsyncArray' object has no attribute 'codec_pip"):
        _ = empty.codec_pipeline
