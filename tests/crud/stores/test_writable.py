"""Stores that were opened for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud._stores import writable
from zarr.crud._stores.writable import check_writable, watchers
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_store_that_is_only_read_is_refused_by_name() -> None:
    """Catches a change that begins, and an error that does not say what to do."""
    check_writable(MemoryStore())
    with pytest.raises(crud.ReadOnlyError, match=r"memory.*read-only mode.*open it for writing"):
        check_writable(MemoryStore(read_only=True))


def test_those_who_keep_values_are_told_of_each_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a verb that changes a store unnoticed, and a refused change that counts."""
    store, told = MemoryStore(), list[object]()
    monkeypatch.setattr(writable, "watchers", [*watchers, told.append])
    document = document_members()
    verbs: list[Callable[[], object]] = [
        lambda: crud.create(document, store),
        lambda: crud.write_region(document, store, 0, 1, engine="reference"),
        lambda: crud.write_chunk(document, store, (0, 0), np.ones((3, 2), "i2"), engine="zarrs"),
        lambda: crud.write_regions([(document, store, 0)], [1], engine="reference"),
        lambda: crud.write_encoded_chunk(document, store, (0, 0), b"\0" * 12),
        lambda: crud.delete_chunk(document, store, (0, 0)),
        lambda: crud.write_metadata(document, store),
        lambda: crud.delete_node(store),
    ]
    for verb in verbs:
        told.clear()
        verb()
        assert told
        assert set(map(id, told)) == {id(store)}
    told.clear()
    with pytest.raises(crud.ReadOnlyError):
        check_writable(MemoryStore(read_only=True))
    assert told == []
