"""Stored bytes by chunk index."""

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
from zarr.errors import BoundsCheckError
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

DOCUMENT = document_members()
VALUES = np.arange(1, 36, dtype="i2").reshape(7, 5)


def test_encoded_chunks_are_the_stored_bytes(store: Store) -> None:
    """Catches stored bytes that differ from NumPy's, or reads that differ from what was written."""
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
    """Catches an empty value for a missing chunk, or a deletion of one that fails."""
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
    """Catches documents, leftovers, or indices outside the grid that are listed as chunks."""
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
        # A file system has no folder where a chunk of a lower rank is a file.
        with suppress(NotADirectoryError, FileExistsError):
            put(store, name, b"x")
    assert crud.list_chunks(array.metadata, store, path="a") == expected


def test_chunks_of_format_2_are_listed(store: Store) -> None:
    """Catches chunks of format 2 that are not listed: their keys have no prefix."""
    crud.create(ARRAY_2, store)
    crud.write_region(ARRAY_2, store, (slice(3, 4), slice(0, 3)), 1, engine="reference")
    assert crud.list_chunks(ARRAY_2, store) == [(1, 0), (1, 1)]


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_chunks_in_a_linked_folder_are_listed_as_they_are_read(engine: str, tmp_path: Path) -> None:
    """Catches a list without the chunks that a link has on another disk, and one without end."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "array").mkdir()
    (tmp_path / "array" / "c").symlink_to(tmp_path / "disk", target_is_directory=True)
    store = LocalStore(tmp_path / "array")
    crud.create(DOCUMENT, store)
    crud.write_chunk(DOCUMENT, store, (1, 0), 7, engine=engine)
    (tmp_path / "disk" / "again").symlink_to(tmp_path / "array", target_is_directory=True)
    assert crud.read_region(DOCUMENT, store, (3, 0), engine=engine) == 7
    assert crud.list_chunks(DOCUMENT, store) == [(1, 0)]


@pytest.mark.parametrize("call", ["read_encoded_chunk", "delete_chunk", "write_encoded_chunk"])
def test_places_outside_the_grid_and_read_only_stores_are_refused(call: str, tmp_path: Any) -> None:
    """Catches checks that are missing here but exist for decoded chunks."""
    data = (b"",) if call == "write_encoded_chunk" else ()
    function = getattr(crud, call)
    with pytest.raises(BoundsCheckError):
        function(DOCUMENT, MemoryStore(), (3, 0), *data)
    if call != "read_encoded_chunk":
        crud.create(DOCUMENT, tmp_path)
        with pytest.raises(crud.ReadOnlyError):
            function(DOCUMENT, LocalStore(tmp_path, read_only=True), (0, 0), *data)
