"""How many nodes are remembered, and which."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.crud.document.test_presence import asked, document_of
from tests.crud.verbs import hierarchy
from zarr import crud
from zarr.crud._document import known as _known
from zarr.crud.testing import CountingStore
from zarr.errors import NodeNotFoundError
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_known_is_bounded_and_goes_with_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches memory that grows in a process that uses millions of nodes and stores."""
    monkeypatch.setattr(_known, "MOST_NODES", 5)
    monkeypatch.setattr(_known, "MOST_STORES", 4)
    _known._seen.clear()
    document = document_of("3")
    _known._seen.clear()
    stores = [MemoryStore() for _ in range(6)]
    for store in stores:
        for name in "abcdefgh":
            crud.create(document, store, path=name)
            crud.write_region(document, store, ..., 1, path=name)
    assert len(_known._seen) == 4
    assert all(len(seen.keys) <= 5 for seen in _known._seen.values())
    stores.clear()
    del store
    assert not _known._seen


def test_a_reader_does_not_outlive_what_was_dropped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Catches a cached reader of a node that was forgotten because there are too many."""
    monkeypatch.setattr(_known, "MOST_NODES", 1)
    hierarchy(store := LocalStore(tmp_path), "3")
    document = crud.read_metadata(store, path="g/a")
    for _ in range(2):
        crud.read_chunk(document, store, (0, 0))
    crud.read_metadata(store, path="g/b")
    shutil.rmtree(tmp_path / "g" / "a")
    with pytest.raises(NodeNotFoundError):
        crud.read_metadata(store, path="g/a")
    with pytest.raises(NodeNotFoundError):
        crud.read_chunk(document, store, (0, 0))


@pytest.mark.parametrize("kind", ["nodes", "stores"])
def test_most_nodes_are_known_if_one_too_many_is_used_in_turn(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Catches a limit beyond which every call looks up its node again."""
    most = 16
    monkeypatch.setattr(_known, "MOST_NODES" if kind == "nodes" else "MOST_STORES", most)
    _known._seen.clear()
    document = document_of("3")
    _known._seen.clear()
    store = CountingStore()
    if kind == "nodes":
        places = [(store, f"a{i}") for i in range(most + 1)]
    else:
        places = [(CountingStore(), "a") for _ in range(most + 1)]
    for store, path in places:
        crud.create(document, store, path=path)

    stores = {id(store): store for store, _ in places}.values()

    def looked_up() -> int:
        for store in stores:
            store.calls.clear()
        for store, path in places:
            crud.write_region(document, store, ..., 1, path=path)
        return sum(asked(store) for store in stores)

    rounds = [looked_up() for _ in range(60)]
    assert sum(rounds[20:]) < 40 * len(places) / 2
