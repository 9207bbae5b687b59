"""Stores of other libraries that are directories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from fsspec.implementations.local import LocalFileSystem

import _zarrs_bindings as zb
import zarr
from zarr import crud
from zarr.crud._stores import key_locks
from zarr.crud._stores.directories import as_directory, directory_of
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore
from zarr.zarrs._store import access_of, handle_of

if TYPE_CHECKING:
    from pathlib import Path

VALUES = np.arange(35, dtype="i2").reshape(7, 5) + 1


class Derived(LocalFileSystem):  # type: ignore[misc]
    """May do anything in its methods."""


def fsspec(root: Path, kind: Any = LocalFileSystem, **options: Any) -> FsspecStore:
    """Return a store over a local file system of fsspec."""
    read_only = options.pop("read_only", False)
    fs = kind(**{"auto_mkdir": True, "skip_instance_cache": True, **options})
    return FsspecStore(
        AsyncFileSystemWrapper(fs, asynchronous=True), path=str(root), read_only=read_only
    )


def of_obstore(root: Path, *, read_only: bool = False, **options: Any) -> ObjectStore[Any]:
    """Return a store over a directory of obstore."""
    return ObjectStore(obstore.store.LocalStore(root, mkdir=True, **options), read_only=read_only)


MAKE = {"fsspec": fsspec, "obstore": of_obstore}


@pytest.mark.parametrize("name", MAKE)
def test_a_directory_is_a_local_store(name: str, tmp_path: Path) -> None:
    """Catches a directory that is used through Python, or under other locks."""
    store = MAKE[name](tmp_path / "a")
    local = directory_of(store)
    assert local is not None
    assert local is directory_of(store)
    assert local.root == tmp_path / "a"
    assert not local.read_only
    assert key_locks.prefix_of(store) == key_locks.prefix_of(LocalStore(tmp_path / "a"))
    handle = handle_of(store)
    assert isinstance(handle, zb.FilesystemStore)
    assert handle.root == bytes(tmp_path / "a")
    assert access_of(store) == "natively"
    assert directory_of(MAKE[name](tmp_path / "a", read_only=True)).read_only  # type: ignore[union-attr]


@pytest.mark.parametrize("engine", ["zarrs", "reference"])
@pytest.mark.parametrize("name", MAKE)
def test_what_is_written_is_where_the_store_finds_it(
    engine: str, name: str, tmp_path: Path
) -> None:
    """Catches files with other names, and elements that only one of the two sees."""
    for path in ("a", "with %20 # and ü"):
        store = MAKE[name](tmp_path / "root")
        array = zarr.create_array(
            store, name=path, shape=(7, 5), chunks=(3, 2), dtype="i2", engine=engine
        )
        array[...] = VALUES
        array[4, 4] = 99
        plain: Any = zarr.open_array(store, path=path, mode="r", engine="zarr")[...]
        assert np.array_equal(plain, zarr.open_array(tmp_path / "root", path=path, mode="r")[...])
        assert np.array_equal(array[...], plain)
        assert plain[4, 4] == 99
        assert (tmp_path / "root" / path / "c" / "1" / "2").is_file()
    options = crud.Options(durability="fsync", locking="processes")
    crud.write_region(array.metadata, store, ..., VALUES, path=path, engine=engine, options=options)
    read_only = MAKE[name](tmp_path / "root", read_only=True)
    with pytest.raises(crud.ReadOnlyError):
        crud.write_region(array.metadata, read_only, ..., VALUES, path=path, engine=engine)


def test_a_question_makes_no_folder(tmp_path: Path) -> None:
    """Catches a folder that is left behind by a mistake in the root."""
    store = fsspec(tmp_path / "a")
    assert directory_of(store) is not None
    assert access_of(store) == "natively"
    assert not (tmp_path / "a").exists()


def test_an_option_that_changes_a_write_goes_over_the_bridge(tmp_path: Path) -> None:
    """Catches a folder that is made, or left, although the store must not."""
    assert "auto_mkdir" in str(as_directory(fsspec(tmp_path, auto_mkdir=False)))
    assert directory_of(fsspec(tmp_path, auto_mkdir=False, read_only=True)) is not None
    assert "automatic_cleanup" in str(as_directory(of_obstore(tmp_path, automatic_cleanup=True)))
    tidy = of_obstore(tmp_path, automatic_cleanup=True, read_only=True)
    assert directory_of(tidy) is not None
    assert "auto_mkdir" in access_of(fsspec(tmp_path, auto_mkdir=False))


def test_what_may_differ_goes_over_the_bridge(tmp_path: Path) -> None:
    """Catches a changed method that is not called, and an option that is ignored."""
    assert "methods of its own" in str(as_directory(fsspec(tmp_path, Derived)))
    assert "not known: ['more']" in str(as_directory(fsspec(tmp_path, more=1)))
    other = fsspec(tmp_path)
    other.allowed_exceptions = (OSError,)
    assert "allowed_exceptions" in str(as_directory(other))
    everything = ObjectStore(obstore.store.LocalStore())
    assert "no prefix" in str(as_directory(everything))
    assert as_directory(MemoryStore()) is None
    assert as_directory(ObjectStore(obstore.store.MemoryStore())) is None


def test_a_store_that_moves_is_followed(tmp_path: Path) -> None:
    """Catches reads of the folder that the store had before."""
    store = fsspec(tmp_path / "a")
    assert directory_of(store).root == tmp_path / "a"  # type: ignore[union-attr]
    store.path = str(tmp_path / "b")
    assert directory_of(store).root == tmp_path / "b"  # type: ignore[union-attr]
    assert handle_of(store).root == bytes(tmp_path / "b")
