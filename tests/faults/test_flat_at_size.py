"""A day of a service in one process: a hundred thousand calls leave nothing behind.

`FLAT=10` makes ten times as many. Only the extension is fast enough; for the reference see
`test_flat`.
"""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import _zarrs_bindings as zb
import zarr
from tests.crud.test_document import document_members
from tests.faults.test_flat import grown
from zarr import crud
from zarr.crud._document import cache
from zarr.crud._stores import key_locks
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs import _store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CALLS: Final = 100_000 * int(os.environ.get("FLAT", "1"))
MOST: Final = 4 << 20
"""Bytes that the allocator and the interpreter may take and keep; a byte per call is 100 KB."""

ENGINE: Final = "zarrs"


def flat(work: Callable[[], object], times: int) -> None:
    """Check that many calls leave nothing behind."""
    files, threads, memory = grown(work, times)
    assert (files, threads) == (0, 0)
    assert memory < MOST
    assert not key_locks.held


def made(kind: str, folder: Path, **options: Any) -> tuple[crud.Document, Any]:
    """A small array in a store of each kind."""
    store: Any = LocalStore(folder) if kind == "local" else MemoryStore()
    if kind == "async":
        store = AsyncOnlyStore()
    zarr.create_array(store, shape=(8, 8), dtype="i4", **({"chunks": (8, 8)} | options))
    document = crud.read_metadata(store)
    crud.write_region(document, store, ..., 1, engine=ENGINE)
    return document, store


# Calls on asynchronous stores take ten times as long as all others.
@pytest.mark.parametrize(
    ("kind", "sharded", "share"),
    [
        *(("local", False, 1), ("memory", False, 1), ("async", False, 0.05)),
        *(("local", True, 0.3), ("memory", True, 0.3), ("async", True, 0.05)),
    ],
)
def test_nothing_is_left_behind_by_reads(
    kind: str, sharded: bool, share: float, tmp_path: Path
) -> None:
    """Catches an extra reference, a descriptor, or a buffer that is kept for each call."""
    layout: Any = {"chunks": (4, 4), "shards": (8, 8)} if sharded else {}
    document, store = made(kind, tmp_path, **layout)
    out = np.empty((3, 8), "i4")

    def work() -> None:
        crud.read_region(document, store, (5, 5), engine=ENGINE)
        crud.read_region(document, store, slice(2, 5), out=out, engine=ENGINE)
        crud.read_chunk(document, store, (0, 0), engine=ENGINE)

    flat(work, int(CALLS * share / 3))


@pytest.mark.parametrize(("kind", "share"), [("local", 0.05), ("memory", 0.3), ("async", 0.01)])
def test_nothing_is_left_behind_by_writes(kind: str, share: float, tmp_path: Path) -> None:
    """Catches locks, temporary files and replaced values that stay."""
    document, store = made(kind, tmp_path)
    value = np.ones((8, 8), "i4")

    def work() -> None:
        crud.write_region(document, store, (5, 5), 2, engine=ENGINE)
        crud.write_chunk(document, store, (0, 0), value, engine=ENGINE)
        crud.write_chunk(document, store, (0, 0), 0, engine=ENGINE)  # which deletes it

    flat(work, int(CALLS * share / 3))
    assert len(list(tmp_path.rglob("*.*"))) <= 1


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_nothing_is_left_behind_by_failures(kind: str, tmp_path: Path) -> None:
    """Catches messages, tracebacks and buffers of failed calls that stay."""
    document, store = made(kind, tmp_path)
    crud.write_encoded_chunk(document, store, (0, 0), b"garbage")
    small = crud.Options(decoded_size_budget=10)

    def fails(error: type[Exception], call: Callable[[], object]) -> None:
        try:
            call()
        except error:
            return
        raise AssertionError(f"no {error.__name__}")

    def work() -> None:
        fails(crud.DecodeError, lambda: crud.read_chunk(document, store, (0, 0), engine=ENGINE))
        fails(crud.DecodeError, lambda: crud.write_region(document, store, 1, 1, engine=ENGINE))
        fails(
            crud.DecodedSizeError,
            lambda: crud.read_region(document, store, options=small, engine=ENGINE),
        )
        fails(IndexError, lambda: crud.read_region(document, store, 8, engine=ENGINE))

    flat(work, CALLS // 16)


def test_nothing_is_left_behind_by_arrays_that_are_opened(tmp_path: Path) -> None:
    """Catches handles of stores and documents that outlive their arrays."""
    made("local", tmp_path)

    def work() -> None:
        array = zarr.open_array(tmp_path, engine=ENGINE, mode="r")
        assert array[3, 3] == 1

    # What arrays of equal documents share is made for the second one, and stays.
    for _ in range(3):
        work()
    gc.collect()
    handles, documents = len(_store.handles), len(cache._by_identity)
    flat(work, CALLS // 50)
    assert len(_store.handles) <= handles
    assert len(cache._by_identity) <= documents


def test_caches_are_bounded_whatever_the_number_of_documents() -> None:
    """Catches a cache with an entry for each document that it ever saw."""
    numbers = iter(range(10**9))
    store = MemoryStore()

    def work() -> None:
        document = document_members(shape=[next(numbers) + 1, 5])
        assert (
            crud.read_region(document, store, (0, 0), engine=ENGINE, detached=True)
            == document["fill_value"]
        )

    for _ in range(1100):
        work()
    flat(work, CALLS // 25)
    _, _, size, capacity = zb.cache_info()
    assert size == capacity == 1024
    # A full cache makes room for several.
    assert 1024 - 1024 // 16 <= len(cache.of_text) <= 1024
