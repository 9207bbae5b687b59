"""The conformance suite on the backend, and what its store adds."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from sqlite_backend import SqliteBackend
from sqlite_store import SqliteStore

import zarr
from zarr import crud
from zarr.crud.testing import BackendSuite


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """The backend, for one test; a package declares an entry point instead."""
    with crud.register_backend(SqliteBackend):
        yield


class FailingStore(SqliteStore):
    """Raises one exception where chunks are read, written or deleted."""

    failure: BaseException
    call = ""

    def _fail(self, call: str, *keys: str) -> None:
        if call == self.call and any("zarr.json" not in key for key in keys):
            raise self.failure

    def values(self, keys: list[str]) -> dict[str, bytes]:
        self._fail("get", *keys)
        return super().values(keys)

    def put(self, key: str, value: bytes) -> None:
        self._fail("set", key)
        super().put(key, value)

    def remove(self, key: str) -> None:
        self._fail("delete", key)
        super().remove(key)


class TestSqlite(BackendSuite):
    """What every backend must do."""

    engine: ClassVar[str] = "sqlite"

    def make_store(self) -> SqliteStore:
        return SqliteStore(Path(tempfile.mkdtemp()) / "arrays.sqlite")

    def make_failing_store(self, failure: BaseException, on: str) -> SqliteStore:
        store = FailingStore(Path(tempfile.mkdtemp()) / "arrays.sqlite")
        store.failure, store.call = failure, on
        return store


def test_writers_of_several_engines_lose_nothing(tmp_path: Path) -> None:
    """Elements of a chunk that another engine replaced meanwhile."""
    store = SqliteStore(tmp_path / "a")
    document = zarr.create_array(store, shape=64, chunks=64, dtype="i4", compressors=None).metadata
    threads = [
        threading.Thread(
            target=crud.write_region,
            args=(document, store, at, at + 1),
            kwargs={"engine": ("sqlite", "zarrs", "reference")[at % 3]},
        )
        for at in range(64)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(crud.read_region(document, store), np.arange(1, 65))


def test_a_region_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    """Some chunks of a region that failed in the middle."""
    store = FailingStore(tmp_path / "a")
    document = zarr.create_array(store, shape=9, chunks=3, dtype="i4", compressors=None).metadata
    crud.write_region(document, store, ..., 1, engine="sqlite")
    store.failure, store.call = OSError("the disk is full"), "delete"
    with pytest.raises(OSError, match="the disk is full"):
        crud.write_region(document, store, ..., [2] * 6 + [0] * 3, engine="sqlite")
    store.call = ""
    np.testing.assert_array_equal(crud.read_region(document, store, engine="sqlite"), 1)


def test_auto_takes_it(tmp_path: Path) -> None:
    """A backend that nobody needs to name, and one that is asked for what it does not serve."""
    store = SqliteStore(tmp_path / "a")
    ours = zarr.create_array(store, data=np.arange(9), chunks=3, compressors=None, engine="auto")
    assert ours.engine_info().serves == "sqlite"
    np.testing.assert_array_equal(ours[2:7], [2, 3, 4, 5, 6])
    with pytest.raises(crud.UnsupportedError, match="whose only codec is 'bytes'"):
        zarr.create_array(store, name="b", data=np.arange(9), engine="sqlite")
