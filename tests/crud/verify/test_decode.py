"""Chunks are decoded whole, each failure is told apart, and no array is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.verify.archives import get, put
from zarr import crud
from zarr.codecs import Crc32cCodec
from zarr.crud._document.cache import as_document
from zarr.crud._document.shards import subchunk_shape
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.location import Location
from zarr.crud._verify.decode import Decoder
from zarr.crud.backends.registry import get_backend
from zarr.storage import MemoryStore

VALUES = np.arange(1, 36, dtype="i4").reshape(7, 5)


def decoder(store: Any, engine: str, fill: int | None = None) -> Decoder:
    """A decoder of the array in the root of a store."""
    document = as_document(crud.read_metadata(store))
    subchunk = subchunk_shape(document.array)
    location = Location(store, "")
    return Decoder(get_backend(engine), document, location, DEFAULT_OPTIONS, subchunk, fill)


def test_each_failure_is_of_its_chunk(engine: str) -> None:
    """Catches a damaged chunk that takes the others of its group with it."""
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(3, 2), compressors=Crc32cCodec())
    for key in ("c/0/1", "c/2/2"):
        put(store, key, get(store, key)[:-1] + b"?")
    indices = list(np.ndindex(3, 3))
    found = list(decoder(store, engine).outcomes(indices))
    failures = [failure for outcome in found for failure in outcome.failures]
    assert {failure.part.chunks[0] for failure in failures} == {(0, 1), (2, 2)}
    assert all(isinstance(failure.error, crud.DecodeError) for failure in failures)
    assert sorted(c for outcome in found for c in outcome.chunks) == indices


def test_bytes_outside_the_array_are_decoded(engine: str) -> None:
    """Catches damage in the part of a chunk that no read of the array decodes."""
    store = MemoryStore()
    array = zarr.create_array(
        store, shape=(7, 5), chunks=(3, 2), shards=(6, 4), dtype="i4", compressors=Crc32cCodec()
    )
    array[...] = VALUES
    crud.write_chunk(array.metadata, store, (1, 1), np.ones((6, 4)))
    value = bytearray(get(store, "c/1/1"))
    # The last subchunk lies outside of the array.
    value[3 * 28] ^= 1
    put(store, "c/1/1", bytes(value))
    assert np.array_equal(crud.read_region(array.metadata, store, (6, 4)), 1)
    (outcome,) = decoder(store, engine).outcomes([(1, 1)])
    assert [failure.part.chunks for failure in outcome.failures] == [[(1, 1)]]
    assert decoder(store, engine).damaged_subchunks((1, 1), 100) == [(1, 1)]
    assert decoder(store, engine).damaged_subchunks((1, 1), 3) == []
    assert decoder(store, engine).damaged_subchunks((0, 0), 100) == []


@pytest.mark.parametrize("concurrency", [1, 4])
def test_the_caller_may_stop(concurrency: int) -> None:
    """Catches reads that go on after the consumer has left."""
    store = MemoryStore()
    zarr.create_array(store, data=np.arange(1000), chunks=(1,))
    document = as_document(crud.read_metadata(store))
    options = crud.Options(concurrency=concurrency)
    given = (get_backend("zarrs"), document, Location(store, ""), options, None, 0)
    outcomes = Decoder(*given).outcomes(np.ndindex(1000))
    assert next(outcomes).failures == []
    outcomes.close()  # type: ignore[attr-defined]
