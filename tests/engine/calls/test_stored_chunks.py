"""Chunks that are counted and deleted by a listing of the store, not by a walk of the grid."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr._engine.calls import stored_chunks
from zarr.storage import MemoryStore

FAR = 2**61


class Counted(MemoryStore):
    """A store that records what is deleted, and how often it is listed."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.deleted: list[str] = []
        self.listings = 0

    async def delete(self, key: str) -> None:
        self.deleted.append(key)
        await super().delete(key)

    def list_prefix(self, prefix: str) -> Any:
        self.listings += 1
        return super().list_prefix(prefix)


def made(store: Any, **settings: Any) -> Any:
    """An array with more chunks than anything could walk, of which four are stored."""
    given = {"shape": (2 * FAR, 2**40), "chunks": (1, 4), "dtype": ">i2", "engine": "zarrs"}
    array = zarr.create_array(store, **(given | settings))
    for place in ((5, 6), (5, 2**39), (FAR, 3), (-1, -1)):
        array[place] = 7
    return array


LARGE = pytest.mark.parametrize(
    ("settings", "subchunks"),
    [
        ({"zarr_format": 2}, 1),
        ({"zarr_format": 3, "engine": "reference"}, 1),
        ({"zarr_format": 3, "shards": (3, 8)}, 6),
        ({"zarr_format": 3, "name": "a/b"}, 1),
    ],
)


@LARGE
def test_stored_chunks_of_a_large_grid_are_counted(
    settings: dict[str, Any], subchunks: int
) -> None:
    """Catches a count that walks the grid: it took all memory, and natively still does."""
    store = Counted()
    array = made(store, **settings)
    assert array.nchunks_initialized == 4 * subchunks
    assert array._nshards_initialized == 4
    assert asyncio.run(array.async_array.nchunks_initialized()) == 4 * subchunks
    assert "nitialized" in str(array.info_complete())
    assert array.info_complete()._count_chunks_initialized == 4
    assert store.listings == 3 + 2 * 2


@LARGE
def test_a_smaller_shape_deletes_only_stored_chunks(
    settings: dict[str, Any], subchunks: int
) -> None:
    """Catches a deletion of each chunk of the grid, stored or not, and a chunk that stays."""
    store = Counted()
    array = made(store, **settings)
    array.resize((FAR + 1, 2**39 + 1))
    assert (len(store.deleted), array.shape) == (1, (FAR + 1, 2**39 + 1))
    array.resize((FAR, 2**39 + 1))
    array.resize((FAR // 2, 2**39))
    assert len(store.deleted) == 3
    assert array.nchunks_initialized == subchunks
    array.resize((FAR, 2**40))
    assert (array[5, 6], array[5, 2**39], array[FAR - 1, 3]) == (7, 0, 0)
    assert zarr.open_array(store, path=array.path).shape == (FAR, 2**40)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_few_chunks_are_counted_and_deleted_as_upstream_does(
    monkeypatch: pytest.MonkeyPatch, zarr_format: int
) -> None:
    """Catches a difference to upstream, with and without a listing."""
    for most in (0, 1000):
        monkeypatch.setattr(stored_chunks, "MOST_UNLISTED", most)
        found = []
        for engine in ("zarr", "reference", "zarrs"):
            store = Counted()
            settings: dict[str, Any] = {"zarr_format": zarr_format, "engine": engine}
            array = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="u1", **settings)
            array[2:, :3] = 1
            counts = [array.nchunks_initialized]
            for shape in ((7, 3), (4, 9), (0, 9), (4, 9)):
                array.resize(shape)
                counts.append(array.nchunks_initialized)
            found.append((counts, np.asarray(array[...]).tolist(), sorted(store._store_dict)))
        assert found[1] == found[2] == found[0]


def test_chunks_that_are_kept_are_not_listed() -> None:
    """Catches a listing or a deletion that nobody asked for."""
    store = Counted()
    array = made(store)
    asyncio.run(array.async_array.resize((8, 8), delete_outside_chunks=False))
    assert (store.deleted, store.listings, array.shape) == ([], 0, (8, 8))


def test_a_shape_that_is_refused_deletes_nothing() -> None:
    """Catches chunks that are gone although the array keeps its shape."""
    store = Counted()
    array = made(store)
    for shape in ((3,), (3, -1), ("a", 3)):
        with pytest.raises((ValueError, TypeError)):
            array.resize(shape)
    with pytest.raises(ValueError, match="read-only"):
        zarr.open_array(store.with_read_only(True), mode="r", engine="zarrs").resize((3, 3))
    assert (store.deleted, array.shape) == ([], (2 * FAR, 2**40))


@pytest.mark.parametrize("keep", [True, False])
def test_a_length_that_no_document_may_have_is_refused(keep: bool) -> None:
    """Catches an array that can be resized so that nothing can read it any more."""
    array = made(Counted())
    with pytest.raises(crud.DocumentError, match="shape"):
        asyncio.run(array.async_array.resize((2**63, 1), delete_outside_chunks=not keep))
    assert array.shape == (2 * FAR, 2**40)
    assert array[5, 6] == 7
    for zarr_format in (2, 3):
        settings: Any = {"zarr_format": zarr_format, "dtype": "u1", "engine": "reference"}
        with pytest.raises(crud.DocumentError, match="shape"):
            zarr.create_array({}, shape=2**63, chunks=1, **settings)
        longest = zarr.create_array({}, shape=2**63 - 1, chunks=1, **settings)
        with pytest.raises(crud.DocumentError, match="shape"):
            longest.append([1])
        assert longest.shape == (2**63 - 1,)


def test_chunks_with_keys_that_cannot_be_decoded_are_left_to_upstream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches chunks that count as missing because a registered key encoding only encodes."""
    array: Any = zarr.create_array({}, shape=7, chunks=3, dtype="u1", engine="zarrs")
    array[4:] = 1

    def refuse(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(type(array.metadata.chunk_key_encoding), "decode_chunk_key", refuse)
    assert array.nchunks_initialized == 2
    monkeypatch.setattr(stored_chunks, "MOST_UNLISTED", 0)
    array.resize(3)
    assert array.nchunks_initialized == 0
