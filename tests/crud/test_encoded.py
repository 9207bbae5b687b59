"""Stored bytes by chunk index, and codecs without a store."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from tests.crud.test_nodes import ARRAY_2
from zarr import crud
from zarr.crud._stores.location import put
from zarr.crud.testing import assert_same
from zarr.errors import ArrayIndexError, BoundsCheckError
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

DOCUMENT = document_members()
VALUES = np.arange(1, 36, dtype="i2").reshape(7, 5)


def test_encoded_chunks_are_the_stored_bytes(store: Store) -> None:
    """NumPy's raw bytes are the oracle; reads return what was written."""
    crud.write_region(DOCUMENT, store, ..., VALUES, path="a", engine="reference", detached=True)
    found = crud.read_encoded_chunk(DOCUMENT, store, (1, 1), path="a")
    assert found == VALUES[3:6, 2:4].tobytes()
    data = np.full((3, 2), 7, "i2").tobytes()
    crud.write_encoded_chunk(DOCUMENT, store, (1, 1), memoryview(data), path="a", detached=True)
    assert crud.read_encoded_chunk(DOCUMENT, store, (1, 1), path="a") == data
    expected = VALUES.copy()
    expected[3:6, 2:4] = 7
    assert_same(crud.read_region(DOCUMENT, store, path="a", engine="reference"), expected)


def test_a_missing_chunk_has_no_bytes(store: Store) -> None:
    """`None` is not an empty value, and deleting a missing chunk is allowed."""
    assert crud.read_encoded_chunk(DOCUMENT, store, (0, 0), detached=True) is None
    crud.delete_chunk(DOCUMENT, store, (0, 0), detached=True)
    crud.write_encoded_chunk(DOCUMENT, store, (0, 0), b"", detached=True)
    assert crud.read_encoded_chunk(DOCUMENT, store, (0, 0)) == b""
    crud.delete_chunk(DOCUMENT, store, (0, 0), detached=True)
    assert crud.read_encoded_chunk(DOCUMENT, store, (0, 0), detached=True) is None


@pytest.mark.parametrize("encoding", ["default", "v2"])
@pytest.mark.parametrize("separator", [".", "/"])
@pytest.mark.parametrize("shape", [(7, 5), (7,), (), (0, 5)])
def test_listed_chunks_are_those_that_are_stored(
    store: Store, encoding: str, separator: str, shape: tuple[int, ...]
) -> None:
    """Other keys below the node are not chunks: documents, leftovers, indices outside the grid."""
    array = zarr.create_array(
        store,
        name="a",
        shape=shape,
        chunks=(3, 2)[: len(shape)],
        dtype="i2",
        chunk_key_encoding={"name": encoding, "separator": separator},
    )
    assert crud.list_chunks(array.metadata, store, path="a") == []
    crud.write_region(array.metadata, store, ..., 1, path="a", engine="reference")
    grid = [-(-n // c) for n, c in zip(shape, (3, 2), strict=False)]
    expected = list(np.ndindex(*grid))
    for name in ("a/c/9/9", "a/9.9", "a/c/0/00", "a/0.0.1234.partial", "a/c/x/0"):
        # A file system has no directory where the chunk of a lower rank is a file.
        with suppress(NotADirectoryError, FileExistsError):
            put(store, name, b"x")
    assert crud.list_chunks(array.metadata, store, path="a") == expected


def test_chunks_of_format_2_are_listed(store: Store) -> None:
    """Their keys have no prefix, and are siblings of `.zarray`."""
    crud.create(ARRAY_2, store)
    crud.write_region(ARRAY_2, store, (slice(3, 4), slice(0, 3)), 1, engine="reference")
    assert crud.list_chunks(ARRAY_2, store) == [(1, 0), (1, 1)]


@pytest.mark.parametrize("call", ["read_encoded_chunk", "delete_chunk", "write_encoded_chunk"])
def test_places_outside_the_grid_and_read_only_stores_are_refused(call: str, tmp_path: Any) -> None:
    """The same checks as for decoded chunks."""
    data = (b"",) if call == "write_encoded_chunk" else ()
    function = getattr(crud, call)
    with pytest.raises(BoundsCheckError):
        function(DOCUMENT, MemoryStore(), (3, 0), *data)
    if call != "read_encoded_chunk":
        crud.create(DOCUMENT, tmp_path)
        with pytest.raises(crud.ReadOnlyError):
            function(DOCUMENT, LocalStore(tmp_path, read_only=True), (0, 0), *data)


CODECS: list[list[dict[str, Any]]] = [
    [],
    [{"name": "zstd", "configuration": {"level": 3, "checksum": False}}],
    [{"name": "gzip", "configuration": {"level": 3}}, {"name": "crc32c"}],
]


@pytest.mark.parametrize("codecs", CODECS, ids=["raw", "zstd", "gzip and crc32c"])
def test_codecs_run_without_a_store(engine: str, codecs: list[dict[str, Any]]) -> None:
    """What one engine encodes, the other decodes, and a store could hold."""
    document = document_members(codecs=[*DOCUMENT["codecs"], *codecs])
    chunk = VALUES[:3, :2]
    data = crud.encode_chunk(document, chunk, engine=engine)
    for other in ("reference", "zarrs"):
        assert_same(crud.decode_chunk(document, data, engine=other), chunk)
    store = MemoryStore()
    crud.write_chunk(document, store, (0, 0), chunk, engine=engine, detached=True)
    assert crud.read_encoded_chunk(document, store, (0, 0)) == data
    out = np.zeros((3, 2), "i2")
    assert crud.decode_chunk(document, data, out=out, engine=engine) is out
    with pytest.raises(crud.DecodeError):
        crud.decode_chunk(document, data[:-1], engine=engine)
    with pytest.raises(crud.ValueShapeError):
        crud.encode_chunk(document, VALUES, engine=engine)


def test_a_chunk_of_fill_values_has_an_encoding(engine: str) -> None:
    """Whether it is stored is decided elsewhere."""
    data = crud.encode_chunk(DOCUMENT, 0, engine=engine)
    assert data == bytes(12)


def test_subchunks_are_read_by_their_own_index(engine: str, store: Store) -> None:
    """The part outside the array is in the shard, and is returned."""
    array = zarr.create_array(
        store, shape=(7, 5), chunks=(2, 2), shards=(4, 4), dtype="i2", fill_value=-9
    )
    crud.write_region(array.metadata, store, ..., VALUES, engine=engine)
    for index in np.ndindex(4, 3):
        expected = np.full((8, 6), -9, "i2")
        expected[:7, :5] = VALUES
        i, j = index
        found = crud.read_subchunk(array.metadata, store, index, engine=engine)
        assert_same(found, expected[2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
    with pytest.raises(BoundsCheckError, match=r"the subchunk grid of shape \(4, 3\)"):
        crud.read_subchunk(array.metadata, store, (0, 3), engine=engine)
    with pytest.raises(crud.UnsupportedError, match="not sharded"):
        crud.read_subchunk(DOCUMENT, store, (0, 0), engine=engine)


def test_a_subchunk_index_may_be_numbers_of_numpy(engine: str, store: Store) -> None:
    """A small integer type that overflows in the count of elements: another subchunk."""
    array = zarr.create_array(store, shape=600, chunks=2, shards=20, dtype="i4")
    array[...] = np.arange(600)
    index: Any = (np.uint8(200),)
    found = crud.read_subchunk(array.metadata, store, index, engine=engine)
    assert_same(found, np.array([400, 401], "i4"))


@pytest.mark.parametrize("index", [(1.0,), ("1",), 1, None, (), (0, 0)], ids=str)
def test_a_subchunk_index_of_another_kind_is_refused(engine: str, store: Store, index: Any) -> None:
    """Python's own message, or an answer for part of a subchunk."""
    array = zarr.create_array(store, shape=9, chunks=2, shards=8, dtype="i4")
    with pytest.raises(ArrayIndexError, match="the subchunk index"):
        crud.read_subchunk(array.metadata, store, index, engine=engine)
