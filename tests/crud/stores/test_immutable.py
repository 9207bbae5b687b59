"""Stores that are known to replace no value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import icechunk
import obstore
import pytest

import zarr
from zarr.crud._stores.immutable import is_immutable
from zarr.storage import LocalStore, MemoryStore, ObjectStore, WrapperStore, ZipStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store


class Zipped(ZipStore):
    """A user's own class, which may do anything."""


def test_an_archive_that_is_read_is_immutable(tmp_path: Path) -> None:
    """Catches an archive that is written to, and a class that may replace values."""
    path = tmp_path / "a.zip"
    with ZipStore(path, mode="w") as writing:
        zarr.create_array(writing, shape=(3,), dtype="i4")
        assert not is_immutable(writing)
    with ZipStore(path, mode="r") as reading:
        assert is_immutable(reading)
        assert not is_immutable(WrapperStore(reading))
    with Zipped(path, mode="r") as other:
        assert not is_immutable(other)


def test_a_session_that_is_only_read_is_immutable() -> None:
    """Catches a restricted view of a session that is still written to."""
    repository = icechunk.Repository.create(icechunk.in_memory_storage())
    session = repository.writable_session("main")
    zarr.create_array(session.store, shape=(3,), dtype="i4")
    assert not is_immutable(session.store)
    assert not is_immutable(session.store.with_read_only(read_only=True))
    session.commit("x")
    assert is_immutable(repository.readonly_session("main").store)


@pytest.mark.parametrize("read_only", [True, False])
def test_other_stores_may_show_what_others_write(tmp_path: Path, *, read_only: bool) -> None:
    """Catches a store that only this program cannot write to."""
    stores: list[Store] = [
        MemoryStore(read_only=read_only),
        LocalStore(tmp_path, read_only=read_only),
        ObjectStore(obstore.store.MemoryStore(), read_only=read_only),
    ]
    assert not any(is_immutable(store) for store in stores)
