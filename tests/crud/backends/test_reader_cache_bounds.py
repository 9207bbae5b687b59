"""How many readers a document keeps, and which."""

from __future__ import annotations

import gc
import random
from typing import Any

import pytest

from tests.crud.backends.test_reader_cache import stored
from zarr import crud
from zarr.crud.backends import reader_cache
from zarr.storage import MemoryStore


def test_a_document_of_many_stores_keeps_few_readers() -> None:
    """Catches a document that keeps readers of thousands of stores, or of freed ones."""
    document = stored(MemoryStore())
    stores = [MemoryStore() for _ in range(3 * reader_cache.MOST)]
    for store in stores:
        assert crud.read_region(document, store, (0, 0), engine="zarrs", detached=True) == 0
    assert len(document._readers) == reader_cache.MOST
    last = MemoryStore()
    del store, stores
    gc.collect()
    assert crud.read_region(document, last, (0, 0), engine="zarrs", detached=True) == 0
    assert len(document._readers) == 1


@pytest.mark.parametrize(("before", "extra"), [(0, 1), (0, 2), (1, -8), (1, 0)])
def test_most_readers_are_found_if_a_document_has_more_arrays_than_it_keeps(
    monkeypatch: pytest.MonkeyPatch, before: int, extra: int
) -> None:
    """Catches readers that are kept forever, while those of other arrays are made in each call."""
    most = 16
    monkeypatch.setattr(reader_cache, "MOST", most)
    store = MemoryStore()
    document = stored(store)
    made = []
    found = reader_cache._found

    def counted(*args: Any, **kwargs: Any) -> Any:
        made.append(args)
        return found(*args, **kwargs)

    def read(names: range, prefix: str) -> int:
        made.clear()
        for name in names:
            path = f"{prefix}{name}"
            crud.read_region(document, store, (0, 0), path=path, engine="zarrs", detached=True)
        return len(made)

    monkeypatch.setattr(reader_cache, "_found", counted)
    for _ in range(before):
        read(range(most), "old")
    names = range(most + extra)
    rounds = [read(names, "new") for _ in range(60)]
    assert rounds[0] == len(names)
    assert sum(rounds[30:]) < 30 * len(names) / 2
    assert len(document._readers) <= most


def test_the_random_numbers_of_a_program_stay_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an eviction that takes numbers from the generator that a program has seeded."""
    monkeypatch.setattr(reader_cache, "MOST", 2)
    store = MemoryStore()
    document = stored(store)
    before = random.getstate()
    for name in range(8):
        path = f"{name}"
        crud.read_region(document, store, (0, 0), path=path, engine="zarrs", detached=True)
    assert random.getstate() == before
    assert len(document._readers) == 2
