"""Key locks: other threads wait for one; the thread that holds it must not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import zarr
from tests.patience import HANG
from zarr import crud
from zarr.crud.backends import change_value, hold
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore


def made(store: Any) -> tuple[Any, crud.Location]:
    """An array of three chunks, and its location."""
    array = zarr.create_array(store, name="a", shape=9, chunks=3, dtype="i4")
    return array.metadata, crud.Location(store, "a")


def test_a_thread_that_holds_a_key_does_not_wait_for_itself(store: Any, engine: str) -> None:
    """Catches a lock, a function or an array that never returns."""
    document, location = made(store)
    array: Any = zarr.open_array(store, path="a", engine=engine)
    calls: dict[str, Callable[[], object]] = {
        "hold": lambda: hold(location, "c/1").__enter__(),
        "change": lambda: change_value(location, "c/1", crud.Options(), print),
        "region": lambda: crud.write_region(document, store, ..., 1, path="a", engine=engine),
        "chunk": lambda: crud.write_chunk(document, store, (1,), [1] * 3, path="a", engine=engine),
        "encoded": lambda: crud.write_encoded_chunk(document, store, (1,), b"", path="a"),
        "array": lambda: array.__setitem__(slice(3, 5), 1),
    }
    with hold(location, "c/1"):
        for call in calls.values():
            with pytest.raises(RuntimeError, match="this thread holds the key 'a/c/1'"):
                call()
        crud.write_region(document, store, slice(0, 3), 5, path="a", engine=engine)
        assert crud.read_region(document, store, 4, path="a", engine=engine) == 0
    crud.write_region(document, store, slice(3, 9), 5, path="a", engine=engine)
    assert_same(crud.read_region(document, store, path="a", engine=engine), np.full(9, 5, "i4"))


def test_others_wait_until_the_key_is_let_go(store: Any, engine: str) -> None:
    """Catches a lock that only some writers respect."""
    document, location = made(store)
    began, ended = threading.Event(), threading.Event()

    def write() -> None:
        began.set()
        crud.write_region(document, store, ..., 7, path="a", engine=engine)
        ended.set()

    thread = threading.Thread(target=write)
    with hold(location, "c/1"):
        thread.start()
        assert began.wait(HANG)
        # Long enough for a writer that does not wait; one that waits cannot finish meanwhile.
        assert not ended.wait(0.3)
    thread.join(HANG)
    assert ended.is_set()
    assert_same(crud.read_region(document, store, path="a", engine=engine), np.full(9, 7, "i4"))


def test_two_objects_of_one_store_meet(tmp_path: Any) -> None:
    """Catches a lock that is tied to the store object."""
    _, location = made(LocalStore(tmp_path))
    with hold(location, "c/1"), pytest.raises(RuntimeError, match="holds the key"):
        hold(crud.Location(LocalStore(tmp_path), "a"), "c/1").__enter__()
    other = crud.Location(MemoryStore(), "a")
    with hold(location, "c/1"), hold(other, "c/1"), hold(location, "c/2"):
        pass


def test_an_error_within_lets_go() -> None:
    """Catches a key that can never be written again."""
    _, location = made(MemoryStore())
    for _ in range(2):
        with pytest.raises(OSError, match="the disk"), hold(location, "c/1"):
            raise OSError("the disk")
