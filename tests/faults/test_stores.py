"""Stores of users: the store that was passed is the one that is called, and its errors do no
harm.
"""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from tests.faults.support import Faults
from tests.patience import in_thread, join
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore, StoreFailure
from zarr.storage import LocalStore, MemoryStore, WrapperStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VALUES = np.arange(64, dtype="i4").reshape(8, 8)


def inverted(buffer: Any) -> Any:
    return type(buffer).from_bytes(bytes(255 - byte for byte in buffer.to_bytes()))


class SyncEncrypted(LocalStore):
    """A store that transforms what its synchronous methods store."""

    def get_sync(self, key: str, **options: Any) -> Any:
        found = super().get_sync(key, **options)
        return None if found is None else inverted(found)

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, inverted(value))


class Encrypted(LocalStore):
    """A store that transforms values in `get` and `set`, the methods that every store has."""

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        found = await super().get(key, *arguments, **options)
        return None if found is None else inverted(found)

    async def set(self, key: str, value: Any) -> None:
        await super().set(key, inverted(value))


class EncryptedMemory(MemoryStore):
    """The same in memory."""

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        found = await super().get(key, *arguments, **options)
        return None if found is None else inverted(found)

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, inverted(value), byte_range)


class EncryptedAround(WrapperStore[Any]):
    """The same around a store that has synchronous methods."""

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        found = await super().get(key, *arguments, **options)
        return None if found is None else inverted(found)

    async def set(self, key: str, value: Any) -> None:
        await super().set(key, inverted(value))


@pytest.mark.parametrize("kind", ["sync", "local", "memory", "around", "around-local"])
def test_a_subclass_with_its_own_get_and_set_is_never_bypassed(
    engine: str, kind: str, tmp_path: Path
) -> None:
    """Catches a shortcut that reads ciphertext and stores plaintext."""
    inner: Any = MemoryStore() if kind in ("memory", "around") else LocalStore(tmp_path)
    kinds: dict[str, Any] = {
        "sync": lambda: SyncEncrypted(tmp_path),
        "local": lambda: Encrypted(tmp_path),
        "memory": lambda: EncryptedMemory(inner._store_dict),
        "around": lambda: EncryptedAround(inner),
        "around-local": lambda: WrapperStore(Encrypted(tmp_path)),
    }
    store = kinds[kind]()
    document = document_members(
        shape=[8, 8],
        data_type="int32",
        chunk_grid={"name": "regular", "configuration": {"chunk_shape": [4, 4]}},
    )
    crud.write_region(document, store, ..., VALUES, engine=engine, detached=True)
    crud.write_region(document, store, (0, 0), 99, engine=engine, detached=True)
    expected = VALUES.copy()
    expected[0, 0] = 99
    assert np.array_equal(crud.read_region(document, store, engine=engine), expected)
    crud.write_encoded_chunk(document, store, (1, 1), VALUES[4:, 4:].tobytes(), detached=True)
    assert crud.read_encoded_chunk(document, store, (1, 1)) == VALUES[4:, 4:].tobytes()
    raw = crud.read_encoded_chunk(document, inner, (0, 0))
    assert raw is not None
    assert raw == bytes(255 - byte for byte in expected[:4, :4].tobytes())


class Raising(MemoryStore):
    """A store with a named call that raises."""

    call = ""
    failure: BaseException

    def get_sync(self, key: str, **options: Any) -> Any:
        self.fail("get", key)
        return super().get_sync(key, **options)

    def set_sync(self, key: str, value: Any) -> None:
        self.fail("set", key)
        super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        self.fail("delete", key)
        super().delete_sync(key)

    def fail(self, call: str, key: str) -> None:
        if call == self.call and key.startswith("c/"):
            raise self.failure


class RaisingAsync(AsyncOnlyStore):
    """The same on the event loop, where an exception of the base class could stop the loop."""

    call = ""
    failure: BaseException

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        self.fail("get", key)
        return await super().get(key, *arguments, **options)

    async def set(self, key: str, value: Any) -> None:
        self.fail("set", key)
        await super().set(key, value)

    async def delete(self, key: str) -> None:
        self.fail("delete", key)
        await super().delete(key)

    def fail(self, call: str, key: str) -> None:
        if call == self.call and key.startswith("c/"):
            raise self.failure


@pytest.mark.parametrize("kind", [Raising, RaisingAsync])
@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("call", ["get", "set", "delete"])
@pytest.mark.parametrize("failure", [OSError(5, "broken", "there"), StoreFailure("detail")])
def test_an_exception_of_a_store_comes_out_as_the_same_object(
    engine: str, failure: BaseException, call: str, sharded: bool, kind: type[Any]
) -> None:
    """Catches an exception that is wrapped or copied, or an array that no longer works
    afterwards.
    """
    store = kind()
    layout: Any = {"chunks": (2, 2), "shards": (4, 4)} if sharded else {"chunks": (4, 4)}
    zarr.create_array(store, data=VALUES, compressors=None, **layout)
    document = crud.read_metadata(store)
    store.call, store.failure = call, failure
    place, value = (slice(0, 4), slice(0, 4)), 0 if call == "delete" else 7
    calls: dict[bool, Callable[[], object]] = {
        True: lambda: crud.read_region(document, store, engine=engine),
        False: lambda: crud.write_region(document, store, place, value, engine=engine),
    }
    with pytest.raises(type(failure)) as caught:
        calls[call == "get"]()
    assert caught.value is failure
    store.call = ""
    assert np.array_equal(crud.read_region(document, store, engine=engine), VALUES)
    crud.write_region(document, store, ..., 1, engine=engine)
    assert np.asarray(crud.read_region(document, store, engine=engine)).all()


class Lying(MemoryStore):
    """A store that returns another number of bytes than requested."""

    change = 0

    def get_sync(self, key: str, **options: Any) -> Any:
        found = super().get_sync(key, **options)
        if found is None or not key.startswith("c/"):
            return found
        data = found.to_bytes()
        data = data + bytes(self.change) if self.change > 0 else data[: self.change]
        return type(found).from_bytes(data)


@pytest.mark.parametrize("change", [-1, -4, 1, 64])
@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("part", [(0, 0), ..., (slice(3, 5), 2)])
def test_an_answer_of_the_wrong_length_is_damage(
    engine: str, part: Any, sharded: bool, change: int
) -> None:
    """Catches missing bytes that are made up, and surplus bytes that are cut off."""
    store = Lying()
    layout: Any = {"chunks": (2, 2), "shards": (8, 8)} if sharded else {"chunks": (8, 8)}
    zarr.create_array(store, data=VALUES, compressors=None, **layout)
    document = crud.read_metadata(store)
    store.change = change
    with pytest.raises(crud.DecodeError, match="c/0/0"):
        crud.read_region(document, store, part, engine=engine)


class Busy(MemoryStore):
    """A store that computes in Python, and so holds the GIL."""

    def get_sync(self, key: str, **options: Any) -> Any:
        end = time.perf_counter() + 0.001
        while time.perf_counter() < end:
            pass
        return super().get_sync(key, **options)


class Waiting(AsyncOnlyStore):
    """A store that waits, on threads of the event loop."""

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        await asyncio.to_thread(time.sleep, 0.001)
        return await super().get(key, *arguments, **options)


@pytest.mark.parametrize("kind", [MemoryStore, Busy, Waiting, LocalStore])
def test_thirty_two_threads_read_and_write_without_a_deadlock(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches a deadlock with one thread for the event loop's own work and chunks that all threads
    share.
    """
    with zarr.config.set({"threading.max_workers": 1}):
        store = kind(tmp_path) if kind is LocalStore else kind()
        zarr.create_array(store, shape=(32, 16), chunks=(8, 16), dtype="i4", compressors=None)
        document = crud.read_metadata(store)
        start = threading.Barrier(32)
        wrong: list[int] = []

        def work(row: int) -> None:
            start.wait()
            for value in range(1, 6):
                crud.write_region(document, store, row, value, engine=engine)
                found = np.asarray(crud.read_region(document, store, row, engine=engine))
                if not (found == value).all():
                    wrong.append(row)

        threads = [in_thread(partial(work, row)) for row in range(32)]
        join(*threads)
    assert wrong == []
    assert np.asarray(crud.read_region(document, store) == 5).all()


POOLS = """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    store = LocalStore(root)
    big = np.arange(1 << 16, dtype="i4").reshape(256, 256)
    crud.write_region(document, store, ..., big, engine=engine)
    crud.read_region(document, store, engine=engine)
    memory = MemoryStore()
    crud.write_region(document, memory, ..., big, engine=engine, detached=True)
    # Another thread is in the middle of a write when the children are forked.
    stop = threading.Event()
    def keep_writing():
        while not stop.is_set():
            crud.write_region(document, memory, (0, 0), 1, engine=engine, detached=True)
    writer = threading.Thread(target=keep_writing)
    writer.start()
    children = []
    for row in range(6):
        child = os.fork()
        if child == 0:
            signal.alarm(100)
            found = crud.read_region(document, store, row, engine=engine)
            crud.write_region(document, store, (row, 0), -row, engine=engine)
            crud.write_region(document, memory, (0, 0), 2, engine=engine, detached=True)
            two = crud.read_region(document, memory, (0, 0), engine=engine)
            os._exit(0 if (found[1:] == big[row, 1:]).all() and two == 2 else 1)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    stop.set()
    writer.join()
    print(codes, crud.read_region(document, store, (slice(0, 6), 0), engine=engine))
"""


def test_children_forked_in_the_middle_of_a_write_work(
    engine: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a child that uses locks and threads of its parent, in whatever state they were
    copied.
    """
    root = tmp_path / "root"
    zarr.create_array(root, shape=(256, 256), chunks=(32, 32), dtype="i4")
    out = faults.run(POOLS, root, engine)
    assert out == "[0, 0, 0, 0, 0, 0] [ 0 -1 -2 -3 -4 -5]\n"
