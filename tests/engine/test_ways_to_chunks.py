"""No access to an array's chunks bypasses its engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.ways_to_chunks import MAKE_PIPELINES, READS, WRITES, mask, reaching
from zarr.core.codec_pipeline import BatchedCodecPipeline, FusedCodecPipeline
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="f4").reshape(7, 5)


@pytest.fixture(params=["zarrs", "auto"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An engine that never needs a pipeline of upstream's; those fail if they run."""

    def run(*_: object, **__: object) -> None:
        raise AssertionError("a pipeline of upstream's ran")

    for pipeline in (BatchedCodecPipeline, FusedCodecPipeline):
        for method in ("read", "write", "decode", "encode", "read_sync", "write_sync"):
            if hasattr(pipeline, method):
                monkeypatch.setattr(pipeline, method, run)
    name: str = request.param
    return name


@pytest.fixture(params=["format 2", "format 3", "shards"])
def array(request: pytest.FixtureRequest, engine: str) -> Any:
    """A ragged array that was not written through this object."""
    settings: dict[str, Any] = {"chunks": (3, 2), "zarr_format": 2}
    if request.param != "format 2":
        settings["zarr_format"] = 3
    if request.param == "shards":
        settings["shards"] = (6, 4)
    store = MemoryStore()
    zarr.create_array(store, shape=(7, 5), dtype="f4", engine="zarrs", **settings)[...] = VALUES
    return zarr.open_array(store, engine=engine)


def test_every_function_that_reaches_a_pipeline_is_known() -> None:
    """Catches a new access to chunks in an upstream release that never uses the engine."""
    assert reaching() == {*READS, *WRITES, *MAKE_PIPELINES}


@pytest.mark.parametrize("way", READS)
def test_every_way_to_read_enters_the_engine(array: Any, way: str) -> None:
    """Catches uncounted reads by upstream's pipeline, of an array that reports its engine."""
    read, expected = READS[way]
    assert_same(np.asarray(read(array)), expected(VALUES))
    assert array.engine_info().operations == {"zarrs": 1}


@pytest.mark.parametrize("way", WRITES)
def test_every_way_to_write_enters_the_engine(array: Any, way: str) -> None:
    """Catches writes that ignore the engine's locks, and lose the writes of others."""
    write, selection = WRITES[way]
    expected = VALUES.copy()
    expected[mask(VALUES) if selection is None else selection] = 9
    write(array, 9)
    assert array.engine_info().operations == {"zarrs": 1}
    assert_same(array[...], expected)


def test_the_reference_is_entered_as_well() -> None:
    """Catches upstream's path that serves instead of the oracle that was requested."""
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    for read, expected in READS.values():
        array = zarr.open_array(store, engine="reference")
        assert_same(np.asarray(read(array)), expected(VALUES))
        assert array.engine_info().operations == {"reference": 1}
