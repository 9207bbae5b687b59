"""Which stores the extension reaches directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import obstore
import pytest

from tests.remote import stores
from tests.remote.fixtures import no_environment, server
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore, WrapperStore
from zarr.zarrs import _direct_store, _store
from zarr.zarrs._direct_store import direct_store_of
from zarr.zarrs._store import after_write, handle_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.server import Server

__all__ = ["no_environment", "server"]


def at(store: Any) -> crud.Location:
    """Return the root of a store."""
    return crud.Location(store, "")


def test_only_object_stores_that_the_client_knows_are_reached(
    server: Server, tmp_path: Path
) -> None:
    """Catches a subclass or wrapper whose methods are bypassed."""
    native = stores.native(server)
    direct = direct_store_of(at(native))
    assert direct is not None
    assert direct.reached is native
    assert repr(direct) == repr(native)
    for other in (
        stores.Bridged(stores.s3(server)),
        ObjectStore(obstore.store.MemoryStore()),
        WrapperStore(native),
        MemoryStore(),
        LocalStore(tmp_path),
        FsspecStore.from_url("memory://x"),
        # Neither written nor listed over HTTP as fsspec would.
        FsspecStore.from_url(f"{server.url}/bucket/data"),
    ):
        assert direct_store_of(at(other)) is None


def test_an_extension_without_the_client_reaches_none(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an error in a small build."""
    monkeypatch.setattr(_direct_store, "extension", object)
    assert direct_store_of(at(stores.native(server))) is None


def test_what_is_stored_directly_is_in_the_store(server: Server) -> None:
    """Catches arguments that are passed on in the wrong order."""
    direct: Any = direct_store_of(at(stores.native(server)))
    direct.set_sync("a/b", Buffer.from_bytes(b"0123"))
    assert direct.put_absent("a/b", b"x") is False
    assert direct.get_many([("a/b", 1, 2), ("none", None, None)]) == [b"12", None]
    nothing = [("a/b", 1, 0), ("a/b", None, 0), ("a/b", 9, 0), ("none", 1, 0)]
    assert direct.get_many(nothing) == [b"", b"", b"", None]
    assert direct.start_get("a/b")() == b"0123"
    assert direct.list_below("a") == ["a/b"]
    assert direct.list_level("") == ([], ["a"])
    direct.delete_many(["a/b"])
    assert server.objects == {}


def test_the_folder_of_a_tool_is_no_key(server: Server) -> None:
    """Catches a value that is deleted because a folder below it has the same name."""
    native = stores.native(server)
    server.objects |= {"bucket/data/a/": b"", "bucket/data/a": b"mine", "bucket/data/a/b": b"x"}
    direct: Any = direct_store_of(at(native))
    assert direct.list_below("a") == ["a/b"]
    assert direct.list_level("a") == (["a/b"], [])


def test_a_file_system_forgets_what_it_has_listed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a node that zarr-python does not list, because fsspec keeps an earlier list."""
    store, forgotten = FsspecStore.from_url("memory://x"), []
    monkeypatch.setattr(store.fs, "invalidate_cache", lambda: forgotten.append(1), raising=False)
    direct = _direct_store._RemoteStore(store, handle_of(stores.native(server)))
    direct.put("a", b"x")
    direct.put_absent("a", b"x")
    direct.delete_many(["a"])
    assert len(forgotten) == 3


def test_a_file_system_that_writes_itself_keeps_its_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches lists that are requested again after each chunk."""
    store, forgotten = FsspecStore.from_url("memory://x"), []
    monkeypatch.setattr(store.fs, "invalidate_cache", lambda: forgotten.append(1), raising=False)
    after_write(store)
    assert not forgotten
    monkeypatch.setattr(_store, "access_of", lambda _: "natively")
    after_write(store)
    assert forgotten
