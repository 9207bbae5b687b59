"""Large writes beside many small ones: a writer that needs many chunks gets its turn."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.patience import in_thread, join
from zarr import crud
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zarr.abc.store import Store

COUNT, WRITERS = 1000, 8


def array_in(store: Store) -> crud.Document:
    zarr.create_array(store, shape=COUNT, chunks=1, dtype="i4", compressors=None)
    return crud.read_metadata(store)


@contextmanager
def busy(document: crud.Document, store: Store) -> Iterator[None]:
    """Threads that each write one chunk after the other."""
    stop = threading.Event()

    def write(number: int) -> None:
        at = number * COUNT // WRITERS
        while not stop.is_set():
            crud.write_region(document, store, at % COUNT, -1, engine="zarrs")
            at += 1

    threads = [in_thread(partial(write, number)) for number in range(WRITERS)]
    try:
        yield
    finally:
        stop.set()
        join(*threads)


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_a_large_write_begins_beside_writers_of_single_chunks(
    engine: str, kind: str, tmp_path: Path
) -> None:
    """Catches a writer that releases all its chunks whenever one is in use, and so never starts."""
    store = MemoryStore() if kind == "memory" else LocalStore(tmp_path)
    document = array_in(store)
    with busy(document, store):
        join(in_thread(lambda: crud.write_region(document, store, ..., 5, engine=engine)))


def test_large_writes_in_opposite_order_do_not_wait_for_each_other(engine: str) -> None:
    """Catches a deadlock of two callers that each hold what the other needs."""
    store = MemoryStore()
    document = array_in(store)
    lists = [np.arange(COUNT), np.arange(COUNT)[::-1].copy()]

    def write(number: int) -> None:
        for _ in range(5):
            where = lists[number % 2]
            crud.write_region(document, store, where, number, kind="orthogonal", engine=engine)

    with busy(document, store):
        join(*[in_thread(partial(write, number)) for number in range(4)])
