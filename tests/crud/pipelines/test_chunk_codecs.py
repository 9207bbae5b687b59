"""Single chunks, encoded and decoded in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.indexers import LAYOUTS, arrays, spec_of
from zarr.core.array_spec import ArraySpec
from zarr.core.buffer.cpu import NDBuffer
from zarr.crud import Options, get_backend
from zarr.crud._document.cache import as_document
from zarr.crud._document.document import Document
from zarr.crud._pipelines.chosen import Chosen
from zarr.crud._pipelines.chunk_codecs import decode_chunk, encode_chunk, single_chunk
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore


def first_chunk(native: Any, engine: str) -> tuple[Chosen, Document, ArraySpec, Any]:
    """How an engine serves the first chunk of an array, and the stored bytes of that chunk."""
    document = as_document(native.metadata)
    shape = document.chunk_shape_at((0,) * native.ndim)
    key = native.metadata.encode_chunk_key((0,) * native.ndim)
    one = single_chunk(document, shape)
    chosen = Chosen(get_backend(engine), Options(missing_chunks="error"), "tell")
    return chosen, one, spec_of(native, shape), native.store._store_dict.get(key)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_chunk_is_that_of_upstream(layout: str, engine: str) -> None:
    """Catches bytes that differ from those that upstream stores, or elements in another order."""
    native, _ = arrays(layout, "zarr")
    chosen, one, spec, stored = first_chunk(native, engine)
    found = decode_chunk(chosen, one, stored, spec)
    rows, columns = spec.shape
    expected = np.zeros(spec.shape, "i4")
    values = np.asarray(native[:rows, :columns])
    expected[: values.shape[0], : values.shape[1]] = values
    assert_same(np.array(found.as_numpy_array()), expected.astype(native.dtype))
    encoded = encode_chunk(chosen, one, found, spec)
    assert encoded is not None
    assert encoded.to_bytes() == stored.to_bytes()


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_chunk_of_rank_0_is_encoded_though_it_is_empty(zarr_format: Any, engine: str) -> None:
    """Catches a `None` for a chunk of the fill value, which the caller has decided to store."""
    native = zarr.create_array(MemoryStore(), shape=(), dtype="i2", zarr_format=zarr_format)
    chosen, one, spec, stored = first_chunk(native, engine)
    assert stored is None
    assert one.shape == one.chunk_shape_at(()) == ()
    encoded = encode_chunk(chosen, one, NDBuffer.from_numpy_array(np.zeros((), "i2")), spec)
    assert encoded is not None
    decoded = decode_chunk(chosen, one, encoded, spec)
    assert_same(np.array(decoded.as_numpy_array()), np.zeros((), "i2"))


@pytest.mark.parametrize("layout", ["format 2", "format 3", "rectilinear"])
def test_the_document_of_a_chunk_differs_only_in_shape(layout: str) -> None:
    """Catches codecs, a fill value or an order that is lost on the way."""
    native, _ = arrays(layout, "zarr")
    document = as_document(native.metadata)
    one = single_chunk(document, (4, 9))
    assert one.shape == one.chunk_shape_at((0, 0)) == (4, 9)
    differing = {"shape", "chunks"} if "2" in layout else {"shape", "chunk_grid"}
    assert {k: v for k, v in one.items() if k not in differing} == {
        k: v for k, v in document.items() if k not in differing
    }
