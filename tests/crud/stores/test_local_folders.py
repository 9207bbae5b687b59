"""The folder of a store, in whatever form it is local."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import obstore
import obstore.fsspec
import pytest
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

from zarr.crud._stores.local_folders import local_folder
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import FsspecStore, LocalStore, LoggingStore, MemoryStore, ObjectStore

if TYPE_CHECKING:
    from pathlib import Path


class Derived(LocalStore):
    """May have other names for its files."""


class DerivedFiles(LocalFileSystem):  # type: ignore[misc]
    """May do anything in its methods."""


def over(fs: Any, path: str) -> FsspecStore:
    """Return a store over a synchronous file system."""
    return FsspecStore(AsyncFileSystemWrapper(fs, asynchronous=True), path=path)


KNOWN: dict[str, Any] = {
    "directory": LocalStore,
    "wrapped": lambda path: LoggingStore(LocalStore(path)),
    "file URL": lambda path: FsspecStore.from_url(f"file://{path}"),
    "local URL": lambda path: FsspecStore.from_url(f"local://{path}"),
    "obstore": lambda path: ObjectStore(obstore.store.LocalStore(path)),
    "cleaning": lambda path: ObjectStore(obstore.store.LocalStore(path, automatic_cleanup=True)),
}

UNKNOWN: dict[str, Any] = {
    "subclass": Derived,
    "wrapper": lambda path: AsyncOnlyStore(LocalStore(path)),
    "files": lambda path: over(DerivedFiles(skip_instance_cache=True), str(path)),
    "folder": lambda path: over(DirFileSystem(str(path), LocalFileSystem()), ""),
    "no folder": lambda _: ObjectStore(obstore.store.LocalStore()),
    "obstore in fsspec": lambda path: FsspecStore(
        obstore.fsspec.FsspecStore("file", asynchronous=True), path=str(path)
    ),
}

ELSEWHERE: dict[str, Any] = {
    "memory": MemoryStore,
    "wrapped": lambda: LoggingStore(MemoryStore()),
    "wrapper": lambda: AsyncOnlyStore(MemoryStore()),
    "fsspec": lambda: FsspecStore.from_url("memory://folders"),
    "obstore": lambda: ObjectStore(obstore.store.MemoryStore()),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_folder_of_a_local_store_is_known(name: str, tmp_path: Path) -> None:
    """Catches a store of files that is treated as one of another machine."""
    assert local_folder(KNOWN[name](tmp_path)) == tmp_path


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_may_be_local_is_said(name: str, tmp_path: Path) -> None:
    """Catches files whose locks nobody looks at, because their names are not known."""
    assert isinstance(local_folder(UNKNOWN[name](tmp_path)), str)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_other_stores_have_no_folder(name: str) -> None:
    """Catches a bucket in which no leftover can be deleted."""
    assert local_folder(ELSEWHERE[name]()) is None
