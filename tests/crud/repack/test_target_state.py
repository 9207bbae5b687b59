"""What may be at a target."""

from __future__ import annotations

import pytest

import zarr
from tests.crud.repack.cases import make
from zarr import crud
from zarr.crud import Location
from zarr.crud._repack.target_state import check_free, holds
from zarr.crud._stores.location import put
from zarr.storage import LocalStore, MemoryStore


def test_a_target_with_other_keys_is_refused() -> None:
    """Catches files of others that are mixed with an archive, or deleted with it later."""
    source, target = MemoryStore(), MemoryStore()
    make("3", source)
    put(target, "notes.txt", b"mine")
    with pytest.raises(zarr.errors.ContainsGroupError, match=r"notes\.txt"):
        crud.repack_plan(source, target)
    crud.repack_plan(source, target, target_path="new")
    with pytest.raises(zarr.errors.ContainsGroupError, match="neither the marker"):
        crud.repack_plan(source, target, resume=True)
    check_free(crud.repack_plan(source, MemoryStore(), resume=True))


def test_chunks_of_nobody_are_not_resumed() -> None:
    """Catches chunks of another array that count as there because nothing tells whose they are."""
    source, target = MemoryStore(), MemoryStore()
    make("3", source)
    put(target, "c/0/1", b"junk")
    with pytest.raises(zarr.errors.ContainsGroupError, match="neither the marker"):
        crud.copy(source, target, path="a", resume=True)
    crud.copy(source, target, path="a", overwrite=True)
    assert crud.copy(source, target, path="a", resume=True).arrays[0].there == 5
    del target._store_dict["zarr.json"]
    with pytest.raises(zarr.errors.ContainsGroupError, match="neither the marker"):
        crud.copy(source, target, path="a", resume=True)


def test_another_document_is_not_resumed() -> None:
    """Catches chunks of two encodings in one array."""
    source, target = MemoryStore(), MemoryStore()
    make("3", source)
    make("3-raw", target)
    with pytest.raises(zarr.errors.ContainsArrayError, match="not the one"):
        crud.copy(source, target, resume=True)


def test_an_empty_folder_is_free(tmp_path: object) -> None:
    """Catches a folder that must not exist."""
    source = MemoryStore()
    make("3", source)
    assert crud.copy(source, LocalStore(str(tmp_path))).ok


def test_a_document_is_held_whatever_its_copies() -> None:
    """Catches a group that is stored again because its metadata were consolidated."""
    store = MemoryStore()
    zarr.create_group(store, attributes={"n": 1})
    place, document = Location(store, ""), crud.read_metadata(store)
    assert holds(place, document)
    put(store, "zarr.json", b"{")
    assert not holds(place, document)
    assert not holds(Location(store, "none"), document)
