"""Codec pipelines over a backend, whatever chooses it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.indexers import VALUES, arrays, ask, made, tell
from zarr.core.codec_pipeline import BatchedCodecPipeline
from zarr.crud import Options, get_backend
from zarr.crud._document.cache import as_document
from zarr.crud._pipelines.chosen import Chosen, Plan
from zarr.crud._pipelines.joined import planned
from zarr.crud._pipelines.pipeline import BackendPipeline
from zarr.crud.testing import assert_same


class Noted(BackendPipeline):
    """A pipeline that joins chunks, or leaves all to zarr, and notes what it is told."""

    def __init__(self, array: Any, engine: str | None) -> None:
        self._native = array._async_array.codec_pipeline
        self.document = as_document(array.metadata)
        self.engine = engine
        self.noted: list[str] = []

    @classmethod
    def from_codecs(cls, codecs: Any) -> Any:
        raise NotImplementedError

    def _plans(self) -> Any:
        return self

    def for_parts(self, operation: str, batch: list[Any], drop_axes: tuple[int, ...]) -> Any:
        if self.engine is None:
            return None
        parts, is_joined = planned(self.document, batch, "", drop_axes)
        chosen = Chosen(get_backend(self.engine), Options(missing_chunks="error"), "tell")
        return Plan(chosen, parts, is_joined)

    def _count(self, name: str) -> None:
        self.noted.append(name)

    def _found(self, path: str) -> None:
        self.noted.append(f"at {path!r}")


@pytest.mark.parametrize("name", ["box", "step", "list and integer", "points", "mask"])
@pytest.mark.parametrize("engine", ["zarrs", "reference", None])
def test_calls_are_served_by_what_was_chosen(engine: str | None, name: str) -> None:
    """Catches a call that is served by another, or twice, or is not counted."""
    native, _ = arrays("format 3", "zarr")
    _, other = arrays("format 3", "zarr")
    pipeline = Noted(zarr.open_array(other.store), engine)
    ours: Any = zarr.open_array(other.store)
    object.__setattr__(ours._async_array, "codec_pipeline", pipeline)
    indexer = made(native, name)
    assert_same(ask(ours, indexer), ask(native, indexer))
    values = np.arange(np.prod(indexer.shape, dtype=int)).reshape(indexer.shape).astype("i4")
    tell(ours, indexer, values)
    tell(native, indexer, values)
    assert_same(ask(ours, made(native, "all")), ask(native, made(native, "all")))
    served = ["zarr"] if engine is None else ["at ''", engine]
    assert pipeline.noted == served * 3


def test_missing_chunks_are_read_again_one_by_one_if_nothing_counts_them() -> None:
    """Catches a joined read that fails because one of its chunks is not stored."""
    native, _ = arrays("format 3", "zarr")
    native.store._store_dict.pop("c/1/1")
    expected = np.asarray(VALUES).copy()
    expected[3:6, 2:4] = 0
    pipeline = Noted(native, "zarrs")
    object.__setattr__(native._async_array, "codec_pipeline", pipeline)
    assert_same(ask(native, made(native, "all")), expected)


def test_pipelines_are_equal_if_zarrs_are(store: Any) -> None:
    """Catches arrays that differ because of what serves them, or a hash that differs alone."""
    native, _ = arrays("format 3", "zarr")
    one, two = Noted(native, "zarrs"), Noted(native, "reference")
    assert one == two
    assert hash(one) == hash(two)
    assert one != native._async_array.codec_pipeline
    shards, _ = arrays("shards", "zarr")
    assert one != Noted(shards, "zarrs")
    assert type(one._native) is BatchedCodecPipeline
