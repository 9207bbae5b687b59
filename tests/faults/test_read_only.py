"""Read-only, in every form and for everything that changes a store: nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, LoggingStore, MemoryStore, StorePath

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Made = tuple[Any, Any]
"""A store that is read-only, and one that shows what is in it."""


def local(folder: Path) -> Made:
    return LocalStore(folder, read_only=True), LocalStore(folder)


def local_from_writable(folder: Path) -> Made:
    return LocalStore(folder).with_read_only(True), LocalStore(folder)


def path_of_store(folder: Path) -> Made:
    return StorePath(LocalStore(folder, read_only=True), ""), LocalStore(folder)


def memory(_: Path) -> Made:
    values: dict[str, Any] = {}
    return MemoryStore(values, read_only=True), MemoryStore(values)


def wrapped(folder: Path) -> Made:
    return LoggingStore(LocalStore(folder, read_only=True)), LocalStore(folder)


def async_only(_: Path) -> Made:
    values: dict[str, Any] = {}
    return AsyncOnlyStore(MemoryStore(values, read_only=True)), MemoryStore(values)


FORMS = [local, local_from_writable, path_of_store, memory, wrapped, async_only]

ONES = np.ones((4, 4), "i4")

MUTATORS: dict[str, Callable[[Any, Any, str], object]] = {
    "region": lambda d, s, engine: crud.write_region(d, s, ..., 5, engine=engine),
    "part": lambda d, s, engine: crud.write_region(d, s, (0, 0), 5, engine=engine),
    "emptied": lambda d, s, engine: crud.write_region(d, s, ..., 0, engine=engine),
    "chunk": lambda d, s, engine: crud.write_chunk(d, s, (0, 0), ONES, engine=engine),
    "encoded": lambda d, s, _: crud.write_encoded_chunk(d, s, (0, 0), bytes(64)),
    "delete_chunk": lambda d, s, _: crud.delete_chunk(d, s, (0, 0)),
    "create": lambda d, s, engine: crud.create(d, s, path="new", engine=engine),
    "overwrite": lambda d, s, engine: crud.create(d, s, overwrite=True, engine=engine),
    "write_metadata": lambda d, s, engine: crud.write_metadata(d, s, engine=engine),
    "delete_node": lambda _, s, engine: crud.delete_node(s, engine=engine),
}


def contents(store: Any) -> dict[str, bytes]:
    if isinstance(store, LocalStore):
        files = (path for path in store.root.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}
    return {key: value.to_bytes() for key, value in store._store_dict.items()}


@pytest.mark.parametrize("mutator", MUTATORS)
@pytest.mark.parametrize("form", FORMS)
def test_a_read_only_store_is_changed_by_no_verb(
    engine: str, form: Callable[[Path], Made], mutator: str, tmp_path: Path
) -> None:
    """Catches a direct path to the files that ignores the flag of the store."""
    store, writable = form(tmp_path)
    zarr.create_array(writable, data=ONES, chunks=(4, 4), compressors=None)
    document, before = crud.read_metadata(store), contents(writable)
    with pytest.raises(crud.ReadOnlyError, match="read-only"):
        MUTATORS[mutator](document, store, engine)
    assert contents(writable) == before
    assert np.array_equal(crud.read_region(document, store, engine=engine), ONES)


CHANGES: dict[str, Callable[[Any], object]] = {
    "setitem": lambda array: array.__setitem__(..., 5),
    "element": lambda array: array.__setitem__((0, 0), 5),
    "oindex": lambda array: array.oindex.__setitem__(([0, 1], [2]), 5),
    "vindex": lambda array: array.vindex.__setitem__(([0, 1], [2, 3]), 5),
    "blocks": lambda array: array.blocks.__setitem__((0, 0), 5),
    "resize": lambda array: array.resize((2, 2)),
    "append": lambda array: array.append(ONES),
    "attributes": lambda array: array.attrs.put({"a": 1}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("how", ["mode", "flag"])
def test_an_array_opened_to_read_is_changed_by_no_method(
    engine: str, how: str, change: str, tmp_path: Path
) -> None:
    """Catches the mode of an array that does not reach the engine."""
    zarr.create_array(tmp_path, data=ONES, chunks=(2, 2), compressors=None)
    before = contents(LocalStore(tmp_path))
    given: Any = tmp_path if how == "mode" else LocalStore(tmp_path, read_only=True)
    array = zarr.open_array(given, mode="r", engine=engine)
    assert array.read_only
    with pytest.raises(ValueError, match="read-only"):
        CHANGES[change](array)
    assert contents(LocalStore(tmp_path)) == before
