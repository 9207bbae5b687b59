"""Which existing nodes are remembered, and when they are forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import shutil
import signal
import time
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.verbs import (
    READS,
    VALUES,
    WRITES,
    call,
    contents,
    hierarchy,
    of_layout,
)
from tests.patience import HANG
from zarr import crud
from zarr.core.sync import sync
from zarr.crud._document import known as _known
from zarr.crud._stores.location import delete, locate
from zarr.crud.testing import AsyncOnlyStore, CountingStore, assert_same
from zarr.errors import ChunkNotFoundError, NodeNotFoundError
from zarr.storage import FsspecStore, LocalStore, MemoryStore, WrapperStore, ZipStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store
from tests.crud.document.test_presence import asked, document_of


@pytest.mark.parametrize("again", ["read_metadata", "delete_node", "create"])
def test_a_node_that_is_deleted_is_missed(store: Store, engine: str, again: str) -> None:
    """Catches fill values of a deleted array, through remembered nodes or a cached reader."""
    hierarchy(store, "3")
    document = crud.read_metadata(store, path="g/a")
    assert_same(crud.read_region(document, store, engine=engine), VALUES)
    if again == "read_metadata":
        # A deletion by another program is noticed at the next look-up.
        for key in contents(store):
            if key.startswith("g/a/"):
                delete(store, key)
        with pytest.raises(NodeNotFoundError):
            crud.read_metadata(store, path="g/a")
    elif again == "delete_node":
        crud.delete_node(store, path="g")
    else:
        crud.create({"zarr_format": 3, "node_type": "group"}, store, path="g", overwrite=True)
    for verb in of_layout(READS | WRITES, "3"):
        with pytest.raises(NodeNotFoundError):
            call(verb, document, store, engine)
    crud.create(document, store)
    assert crud.read_region(document, store, (0, 0), engine=engine) == 0


def test_a_node_that_is_deleted_does_not_cost_others_a_request(engine: str) -> None:
    """Catches a deletion that also forgets a node with the same name prefix, or a whole store."""
    store = CountingStore()
    hierarchy(store, "3")
    document = crud.read_metadata(store, path="g/a")
    for path in ("g/ab", "h"):
        crud.create(document, store, path=path)
    crud.delete_node(store, path="g/a")
    store.calls.clear()
    for path in ("g/ab", "h"):
        crud.write_region(document, store, ..., VALUES, path=path, engine=engine)
        crud.read_region(document, store, path=path, engine=engine)
    assert asked(store) == 0


def test_other_objects_at_the_same_place_miss_it_too(tmp_path: Path, engine: str) -> None:
    """Catches a deleted node that another store object for the same place still remembers."""
    hierarchy(first := LocalStore(tmp_path), "3")
    document = crud.read_metadata(first, path="g/a")
    crud.read_region(document, first, engine=engine)
    crud.delete_node(str(tmp_path), path="g/a")
    with pytest.raises(NodeNotFoundError):
        crud.read_region(document, first, engine=engine)


def test_a_store_that_moves_takes_what_is_known_with_it_to_nowhere(
    tmp_path: Path, engine: str
) -> None:
    """Catches nodes that were seen at one root and are assumed at another."""
    hierarchy(store := LocalStore(tmp_path / "a"), "3")
    document = crud.read_metadata(store, path="g/a")
    zarr.core.sync.sync(store.move(tmp_path / "b"))
    assert_same(crud.read_region(document, store, engine=engine), VALUES)
    store.root = tmp_path / "c"
    with pytest.raises(NodeNotFoundError):
        crud.read_region(document, store, engine=engine)


@pytest.mark.parametrize("verb", ["read_region", "read_chunk"])
def test_a_missing_node_is_told_before_a_missing_chunk(
    store: Store, engine: str, verb: str
) -> None:
    """Catches a missing chunk that is reported although the node is missing."""
    options = crud.Options(missing_chunks="error")
    document = document_of("3")
    with pytest.raises(NodeNotFoundError):
        call(verb, document, store, engine, options=options)
    with pytest.raises(zarr.errors.ChunkNotFoundError):
        call(verb, document, store, engine, options=options, detached=True)


def test_what_touches_no_chunk_asks_nothing(counting: Any, engine: str) -> None:
    """Catches a request for a selection without elements, which succeeds even without a node."""
    document = document_of("3")
    for selection in ((slice(3, 3), 0), (slice(0), slice(0))):
        crud.read_region(document, counting, selection, engine=engine)
        crud.write_region(document, counting, selection, 1, engine=engine)
    assert counting.calls == []


def test_an_error_of_the_call_is_told_before_anything_is_asked(counting: Any, engine: str) -> None:
    """Catches a request for a call that cannot succeed, or an error that hides another."""
    document = document_of("3")
    with pytest.raises(IndexError):
        crud.read_region(document, counting, (7, 0), engine=engine)
    with pytest.raises(crud.ValueShapeError):
        crud.write_region(document, counting, ..., [1, 2, 3], engine=engine)
    with pytest.raises(crud.ValueShapeError):
        crud.write_chunk(document, counting, (0, 0), [1, 2, 3], engine=engine)
    assert counting.calls == []
    for verb in of_layout(WRITES, "3"):
        with pytest.raises(crud.ReadOnlyError):
            call(verb, document, MemoryStore(read_only=True), engine)


def test_a_slow_store_is_asked_beside_the_read(engine: str) -> None:
    """Catches an additional round trip before the first read of every array."""
    began = asyncio.Event()

    class Slow(AsyncOnlyStore):
        async def get(self, key: str, *args: Any, **options: Any) -> Any:
            if key.startswith("g/a/c/"):
                began.set()
            else:
                await asyncio.wait_for(began.wait(), HANG)
            return await super().get(key, *args, **options)

    hierarchy(inner := MemoryStore(), "3")
    found = crud.read_region(document_of("3"), Slow(inner), path="g/a", engine=engine)
    assert_same(found, VALUES)


@pytest.mark.parametrize("kind", ["synchronous", "asynchronous"])
def test_a_store_that_cannot_tell_raises_its_own_error(kind: str, engine: str) -> None:
    """Catches an error taken for an answer, or an error for a call that makes no request."""
    failure = PermissionError("documents are not for you")

    class Mute(MemoryStore):
        def get_sync(self, key: str, **options: Any) -> Any:
            if key.endswith("zarr.json"):
                raise failure
            return super().get_sync(key, **options)

    class MuteAsync(AsyncOnlyStore):
        async def get(self, key: str, *args: Any, **options: Any) -> Any:
            if key.endswith("zarr.json"):
                raise failure
            return await super().get(key, *args, **options)

    hierarchy(inner := MemoryStore(), "3")
    store = Mute(inner._store_dict) if kind == "synchronous" else MuteAsync(inner)
    document, before = document_of("3"), contents(inner)
    for verb in ("read_region", "read_chunk", *of_layout(WRITES, "3")):
        with pytest.raises(PermissionError) as caught:
            call(verb, document, store, engine, path="g/a")
        assert caught.value is failure
    assert contents(inner) == before
    found = crud.read_region(document, store, path="g/a", engine=engine, detached=True)
    assert_same(found, VALUES)


def test_archives_and_remote_stores_are_asked_too(tmp_path: Path, engine: str) -> None:
    """Catches a missing node that goes unnoticed in an asynchronous or a read-only store."""
    with ZipStore(tmp_path / "x.zip", mode="w") as archive:
        hierarchy(archive, "3")
    remote = FsspecStore.from_url(f"memory://{tmp_path}", read_only=False)
    hierarchy(remote, "3")
    document = document_of("3")
    for store in (ZipStore(tmp_path / "x.zip", mode="r"), remote, "memory://missing-too"):
        if not isinstance(store, str):
            assert_same(crud.read_region(document, store, path="g/a", engine=engine), VALUES)
        with pytest.raises(NodeNotFoundError):
            crud.read_region(document, store, path="g/c", engine=engine)


def test_a_name_of_a_remote_store_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, engine: str, tmp_path: Path
) -> None:
    """Catches a request at each call, because each call creates a new store object."""
    hierarchy(FsspecStore.from_url(f"memory://{tmp_path}", read_only=False), "3")
    document, calls = document_of("3"), list[str]()
    get = FsspecStore.get

    async def noted(self: Any, key: str, *args: Any, **options: Any) -> Any:
        calls.append(key)
        return await get(self, key, *args, **options)

    monkeypatch.setattr(FsspecStore, "get", noted)
    for _ in range(3):
        store = FsspecStore.from_url(f"memory://{tmp_path}", read_only=False)
        crud.read_region(document, store, path="g/a", engine=engine)
    assert calls.count("g/a/zarr.json") == 1


def test_arrays_ask_nothing(engine: str) -> None:
    """Catches a request by `arr[...]`, for which an array that was opened exists."""
    store = CountingStore()
    hierarchy(store, "3")
    array = zarr.open_array(store, path="g/a", engine=engine)
    _known.forget(locate(store, ""))
    _ = asked(store)
    assert_same(array[...], VALUES)
    array[0, 0] = 1
    array.oindex[np.array([0, 5]), :] = 2
    _ = array.vindex[[0, 5], [1, 2]]
    assert asked(store) == 0
    crud.delete_node(store, path="g/a")
    assert not np.asarray(array[...]).any()
    # What the array's reads remembered must not answer for the node.
    with pytest.raises(NodeNotFoundError):
        crud.read_region(array.metadata, store, path="g/a", engine=engine)
    array[...] = VALUES
    assert_same(array[...], VALUES)


def test_nothing_is_remembered_of_what_was_forgotten_meanwhile() -> None:
    """Catches an answer that arrives after the node was deleted, and is remembered."""
    store = MemoryStore()
    hierarchy(store, "3")
    location, since = locate(store, "g/a"), _known.forgotten
    _known.forget(location)
    _known.note(location, "zarr.json", since)
    assert not _known.is_known(location, "zarr.json")
    _known.note(location, "zarr.json", _known.forgotten)
    assert _known.is_known(location, "zarr.json")


@pytest.mark.parametrize("kind", ["local", "remote"])
def test_what_is_deleted_through_a_store_at_another_root_is_missed(
    tmp_path: Path, engine: str, kind: str
) -> None:
    """Catches chunks below a node that was deleted through a store above or below it."""

    def at(folder: str) -> Store:
        if kind == "local":
            return LocalStore(tmp_path / folder)
        return FsspecStore.from_url(f"memory://{tmp_path}/{folder}".rstrip("/"), read_only=False)

    for upper, lower in ((("", "g/a"), ("g", "a")), (("g", "a"), ("", "g/a"))):
        hierarchy(at(""), "3")
        deleting, using = at(upper[0]), at(lower[0])
        document = crud.read_metadata(using, path=lower[1])
        crud.write_chunk(document, using, (0, 0), 1, engine=engine)
        crud.delete_node(deleting, path=upper[1])
        with pytest.raises(NodeNotFoundError):
            crud.write_chunk(document, using, (0, 0), 1, engine=engine)
        crud.delete_node(at(""))


def test_a_node_that_one_store_does_not_find_is_missed_by_others(tmp_path: Path) -> None:
    """Catches another store object for the same place that still remembers, or forgets too much."""
    hierarchy(first := LocalStore(tmp_path), "3")
    document = crud.read_metadata(first, path="g/a")
    crud.read_region(document, first)
    shutil.rmtree(tmp_path / "g" / "a")
    with pytest.raises(NodeNotFoundError):
        crud.read_metadata(LocalStore(tmp_path), path="g/a")
    with pytest.raises(NodeNotFoundError):
        crud.write_chunk(document, first, (0, 0), 1)


def test_a_folder_is_no_document(tmp_path: Path, engine: str) -> None:
    """Catches a folder that is taken for a document because it has the name of one."""
    (tmp_path / "g" / "zarr.json").mkdir(parents=True)
    for store in (LocalStore(tmp_path), WrapperStore(LocalStore(tmp_path))):
        with pytest.raises(NodeNotFoundError):
            crud.write_chunk(document_of("3"), store, (0, 0), 1, path="g", engine=engine)
    assert not (tmp_path / "g" / "c").exists()


def test_a_wrapped_store_that_moves_takes_what_is_known_with_it(tmp_path: Path) -> None:
    """Catches remembered nodes of a wrapper around a store whose root has changed."""
    hierarchy(inner := LocalStore(tmp_path / "x"), "3")
    store: Any = WrapperStore(inner)
    document = crud.read_metadata(store, path="g/a")
    crud.read_region(document, store)
    sync(inner.move(tmp_path / "y"))
    shutil.rmtree(tmp_path / "y" / "g" / "a")
    with pytest.raises(NodeNotFoundError):
        crud.write_chunk(document, store, (0, 0), 1)


def test_an_error_of_a_read_keeps_nothing_alive(engine: str) -> None:
    """Catches a result that stays alive until garbage collection."""
    store = MemoryStore()
    crud.create(document_of("3"), store)
    _known.forget(locate(store, ""))
    options = crud.Options(missing_chunks="error")
    gc.disable()
    try:
        out = np.empty((7, 5), "i2")
        gone = weakref.ref(out)
        with contextlib.suppress(ChunkNotFoundError):
            crud.read_region(document_of("3"), store, out=out, engine=engine, options=options)
        del out
        assert gone() is None
    finally:
        gc.enable()


def test_a_child_does_not_wait_for_a_lock_of_its_parent() -> None:
    """Catches a lock that a child inherits in the locked state, and waits for forever."""
    hierarchy(store := MemoryStore(), "3")
    _known.forget(locate(store, ""))
    with _known._lock:
        pid = os.fork()
        if pid == 0:
            crud.read_metadata(store, path="g/a")
            os._exit(0)
    end = time.monotonic() + HANG
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            pytest.fail("the child waits")
        time.sleep(0.005)
