"""Stores whose library runs threads or has connections, in a forked process."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import obstore
import pytest
from fsspec.implementations.dirfs import DirFileSystem

from zarr.crud import UnsupportedError
from zarr.crud._stores import forks
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import FsspecStore, LoggingStore, MemoryStore, ObjectStore, WrapperStore


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has used no library."""
    for name in ("_used", "_lost"):
        monkeypatch.setattr(forks, name, set())


def object_store() -> Any:
    return ObjectStore(obstore.store.MemoryStore())


class OfIcechunk(MemoryStore):
    """A store of a package with its own threads."""

    __module__ = "icechunk.store"


STORES: dict[str, Any] = {
    "bare": object_store,
    "wrapped": lambda: WrapperStore(object_store()),
    "wrapped twice": lambda: LoggingStore(WrapperStore(object_store())),
    "of another library": OfIcechunk,
}


@pytest.mark.parametrize("name", STORES)
def test_a_library_is_refused_after_a_fork_if_it_was_used_before(name: str) -> None:
    """Catches a call that never ends, even with a store that the child creates itself."""
    make, library = STORES[name], "icechunk" if "library" in name else "obstore"
    forks.check_forked(make())
    forks.check_forked(make())
    forks._forget()
    for _ in range(2):
        with pytest.raises(UnsupportedError, match=f"after {library} had started its threads"):
            forks.check_forked(make())


@pytest.mark.parametrize("name", STORES)
def test_a_library_that_was_not_used_before_the_fork_serves(name: str) -> None:
    """Catches a refusal because of another library, or because of any fork."""
    library = "icechunk" if "library" in name else "obstore"
    forks._used.add("a third library")
    forks._forget()
    forks.check_forked(STORES[name]())
    assert forks._used == {library}
    forks._forget()
    assert forks._lost == {"a third library", library}


def test_stores_without_threads_are_never_refused() -> None:
    """Catches a fork that makes stores in memory unusable."""
    for store in (MemoryStore(), AsyncOnlyStore(), LoggingStore(MemoryStore())):
        forks.check_forked(store)
    assert not forks._used


FILE_SYSTEMS: dict[str, tuple[str, dict[str, Any]]] = {
    "s3fs": ("s3://bucket/data", {"key": "id", "secret": "s"}),
    "http": ("http://127.0.0.1:1/data", {}),
    "gcsfs": ("gs://bucket/data", {"token": "anon"}),
    "adlfs": ("az://bucket/data", {"account_name": "name", "account_key": "a2V5"}),
}


@pytest.mark.parametrize("name", FILE_SYSTEMS)
def test_connections_of_the_parent_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an answer to another process, and a refusal of what was never used, or is new."""
    url, options = FILE_SYSTEMS[name]
    # Another test may have used the file system that fsspec keeps for these options.
    alone = options | {"skip_instance_cache": True}
    store = FsspecStore.from_url(url, storage_options=alone)
    owner: Any = store.fs.service_client._pipeline._transport if name == "adlfs" else store.fs
    attribute = {"s3fs": "_s3", "adlfs": "session"}.get(name, "_session")
    assert getattr(owner, attribute) is None
    used = SimpleNamespace()
    with monkeypatch.context() as patch:
        patch.setattr(owner, attribute, used)
        forks.check_forked(store)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    forks.check_forked(store)
    monkeypatch.setattr(owner, attribute, used)
    folder = FsspecStore(DirFileSystem("a", store.fs, asynchronous=True))
    for given in (store, LoggingStore(store), folder):
        with pytest.raises(UnsupportedError, match=r"each other's answers.*'forkserver'"):
            forks.check_forked(given)
    monkeypatch.setattr(owner, attribute, None)
