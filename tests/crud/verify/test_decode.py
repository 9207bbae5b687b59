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
from zarr.crud._stores.cancellation import CancelledCall
from zarr.crud._stores.location import Location
from zarr.crud._verify.decode import Decoder, Outcome
from zarr.crud.backends.registry import get_backend
from zarr.storage import MemoryStore
from zarr.zarrs._backend import ZarrsBackend

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


class Odd(ZarrsBackend):
    """An engine that answers a call for chunks as it is told, and the first one, too."""

    def __init__(self, first: Any, answer: Any) -> None:
        super().__init__()
        self._first, self._answer = first, answer

    def verify_chunks(self, document: Any, location: Any, indices: Any, **_: Any) -> Any:
        answer = self._answer if indices else self._first
        if isinstance(answer, BaseException):
            raise answer
        return answer


def outcomes_of(backend: Odd) -> list[Outcome]:
    """What comes of nine chunks, of which one is damaged."""
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(3, 2), compressors=Crc32cCodec())
    put(store, "c/2/2", get(store, "c/2/2")[:-1] + b"?")
    document = as_document(crud.read_metadata(store))
    given = (document, Location(store, ""), DEFAULT_OPTIONS, None, None)
    return list(Decoder(backend, *given).outcomes(list(np.ndindex(3, 3))))


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        ([], RuntimeError("bug")),
        ([], crud.InternalError("bug")),
        ([], [28] * 8),
        ([], [28] * 10),
        ([], []),
        ([], None),
        ([], 9),
        (RuntimeError("bug"), [28] * 9),
        (0, [28]),
    ],
)
def test_chunks_whose_backend_errs_are_read(first: Any, answer: Any) -> None:
    """Catches a bug of a backend that ends the check, or hides the damage of a chunk."""
    found = outcomes_of(Odd(first, answer))
    failures = [failure for outcome in found for failure in outcome.failures]
    assert [failure.part.chunks for failure in failures] == [[(2, 2)]]
    assert sorted(c for outcome in found for c in outcome.chunks) == list(np.ndindex(3, 3))
    assert not any(outcome.sizes for outcome in found)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), CancelledCall()])
def test_the_end_of_a_call_is_no_error_of_a_backend(error: BaseException) -> None:
    """Catches Ctrl-C, or a cancellation, after which chunks are read."""
    with pytest.raises(type(error)):
        outcomes_of(Odd([], error))


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
