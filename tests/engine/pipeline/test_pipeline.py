"""The codec pipeline of an array with an engine: what it serves, refuses, and keeps."""

from __future__ import annotations

import logging
import pickle

import numpy as np
import pytest

import zarr
from tests.engine.indexers import ENGINES, VALUES, arrays, ask, made, spec_of
from zarr import crud
from zarr._engine.pipeline.pipeline import EnginePipeline
from zarr.core.buffer import default_buffer_prototype
from zarr.core.codec_pipeline import BatchedCodecPipeline
from zarr.core.sync import sync
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore


@pytest.mark.parametrize("engine", ENGINES)
def test_chunks_are_decoded_and_encoded_by_the_engine(engine: str) -> None:
    """Catches a library that passes bytes to the array's pipeline, and so bypasses the engine."""
    for layout in ("format 2", "format 3", "shards"):
        native, ours = arrays(layout, engine)
        inner = native._async_array
        spec = inner._chunk_grid.chunk_shape
        key = native.metadata.encode_chunk_key((0, 0))
        data = native.store.get_sync(key, prototype=default_buffer_prototype())
        described = spec_of(inner, spec)
        pipeline = ours._async_array.codec_pipeline
        expected, _ = sync(inner.codec_pipeline.decode([(data, described), (None, described)]))
        found, nothing = sync(pipeline.decode([(data, described), (None, described)]))
        assert nothing is None
        assert_same(found.as_numpy_array(), expected.as_numpy_array())
        (again,) = sync(pipeline.encode([(found, described)]))
        (back,) = sync(inner.codec_pipeline.decode([(again, described)]))
        assert_same(back.as_numpy_array(), expected.as_numpy_array())
        assert sum(ours.engine_info().operations.values()) == 2
        assert "zarr" not in ours.engine_info().operations


def test_what_is_no_chunk_of_the_array_is_refused_by_a_named_engine() -> None:
    """Catches a chunk of another shape or store, or without a valid key, that is served."""
    _, ours = arrays("format 3", "zarrs")
    inner = ours._async_array
    pipeline, prototype = inner.codec_pipeline, default_buffer_prototype()
    out = prototype.nd_buffer.from_numpy_array(np.empty((3, 2), "i4"))
    whole = (slice(0, 3), slice(0, 2))
    good = spec_of(inner, (3, 2))
    for place, spec in [
        (object(), good),
        (inner.store_path / "c/0", good),
        (inner.store_path / "c/0/-1", good),
        (inner.store_path / "c/00/1", good),
        (inner.store_path / "c/0/0", spec_of(inner, (2, 3))),
    ]:
        with pytest.raises(crud.UnsupportedError, match="open the array without an engine"):
            sync(pipeline.read([(place, spec, whole, whole, True)], out))
    assert ours.engine_info().operations == {}


def test_auto_leaves_what_is_no_chunk_to_zarr_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Catches an error although zarr can answer, or a fallback without a message."""
    _, ours = arrays("format 3", "auto")
    inner, prototype = ours._async_array, default_buffer_prototype()
    out = prototype.nd_buffer.from_numpy_array(np.empty((1, 2), "i4"))
    spec = spec_of(inner, (3, 2))
    whole = (slice(0, 1), slice(0, 2))
    with caplog.at_level(logging.WARNING, "zarr.crud"):
        sync(
            inner.codec_pipeline.read(
                [(inner.store_path / "nowhere", spec, whole, whole, True)], out
            )
        )
    assert_same(out.as_numpy_array(), np.zeros((1, 2), "i4"))
    assert "no chunk of this array" in caplog.text
    assert ours.engine_info().operations == {"zarr": 1}


def test_the_pipeline_follows_the_array() -> None:
    """Catches a pipeline with the shape, engine or metadata from when the array was opened."""
    native, ours = arrays("format 3", "zarrs")
    assert type(native._async_array.codec_pipeline) is BatchedCodecPipeline
    assert type(ours._async_array.codec_pipeline) is EnginePipeline
    assert type(ours.with_engine("zarr")._async_array.codec_pipeline) is BatchedCodecPipeline
    ours.resize((9, 5))
    ours[8] = 5
    assert_same(ask(ours, made(ours, "all"))[8], np.full(5, 5, "i4"))
    with zarr.config.set({"array.engine": "zarrs"}):
        group = zarr.group(MemoryStore())
        member = group.create_array("x", shape=3, dtype="i4")
    assert type(member._async_array.codec_pipeline) is EnginePipeline
    inherited = zarr.open_group(group.store, engine="zarrs")["x"]
    assert type(inherited._async_array.codec_pipeline) is EnginePipeline  # type: ignore[union-attr]


def test_arrays_with_engines_are_equal_and_travel() -> None:
    """Catches a pipeline that prevents arrays from being compared, hashed or pickled."""
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    one, two = (zarr.open_array(store, engine="zarrs")._async_array for _ in range(2))
    assert one == two
    assert one.codec_pipeline == two.codec_pipeline
    assert hash(one.codec_pipeline) == hash(two.codec_pipeline)
    assert one.codec_pipeline != zarr.open_array(store)._async_array.codec_pipeline
    assert list(one.codec_pipeline) == list(zarr.open_array(store)._async_array.codec_pipeline)  # type: ignore[call-overload]
    arrived = pickle.loads(pickle.dumps(one))
    assert type(arrived.codec_pipeline) is EnginePipeline
    assert_same(sync(arrived.getitem(...)), VALUES)


@pytest.mark.parametrize("engine", ENGINES)
def test_chunks_that_are_not_stored_are_told_from_those_that_are(engine: str) -> None:
    """Catches a result that reports every chunk as stored."""
    store = MemoryStore()
    zarr.create_array(store, shape=7, chunks=3, dtype="i4", fill_value=-1)[3:5] = 8
    ours = zarr.open_array(store, engine=engine)
    inner, prototype = ours._async_array, default_buffer_prototype()
    out = prototype.nd_buffer.from_numpy_array(np.zeros(7, "i4"))
    spec = spec_of(inner, (3,))
    batch = [
        (inner.store_path / f"c/{at}", spec, slice(0, size), slice(3 * at, 3 * at + size), False)
        for at, size in enumerate((3, 3, 1))
    ]
    found = sync(inner.codec_pipeline.read(batch, out))
    assert [result["status"] for result in found] == ["missing", "present", "missing"]
    assert_same(out.as_numpy_array(), np.array([-1, -1, -1, 8, 8, -1, -1], "i4"))
