"""The calls of the extension to a store with conditional puts."""

from __future__ import annotations

from typing import Any

import obstore

from zarr.storage import MemoryStore, ObjectStore
from zarr.zarrs._conditional import ConditionalWriter
from zarr.zarrs._extension import extension
from zarr.zarrs._store import handle_of
from zarr.zarrs._store_bridge import StoreBridge


def test_only_what_others_changed_is_in_conflict() -> None:
    """Catches a conflict that is not reported, or reported for another key."""
    inner = obstore.store.MemoryStore()
    store = ObjectStore(inner)
    obstore.put(inner, "a", b"a")
    obstore.put(inner, "b", b"b")
    writer = ConditionalWriter(store, "auto")
    values, landed = writer.get(["a", "b", "c"])
    assert [None if v is None else bytes(v) for v in values] == [b"a", b"b", None]
    assert landed == [False] * 3
    obstore.put(inner, "b", b"theirs")
    items = [("a", b"A"), ("b", b"B"), ("c", None), ("d", b"D"), ("e", None)]
    assert writer.put(items) == [False, True, False, False, False]
    values, landed = writer.get(["b"])
    assert [bytes(v) for v in values if v is not None] == [b"theirs"]
    assert landed == [False]
    assert writer.put([("b", b"theirs+B")]) == [False]
    found = {
        m["path"]: obstore.get(inner, m["path"]).bytes() for m in obstore.list(inner).collect()
    }
    assert found == {"a": b"A", "b": b"theirs+B", "d": b"D"}


def test_a_value_that_was_sent_is_recognized() -> None:
    """Catches a put that is repeated although its answer alone was lost."""
    inner = obstore.store.MemoryStore()
    writer = ConditionalWriter(ObjectStore(inner), "conditional")
    writer.get(["a"])
    obstore.put(inner, "a", b"A")
    assert writer.put([("a", b"A")]) == [True]
    assert writer.get(["a"])[1] == [True]


def test_a_key_that_was_not_read_needs_no_condition() -> None:
    """Catches a whole chunk that is not replaced or deleted because of a conflict."""
    inner = obstore.store.MemoryStore()
    obstore.put(inner, "a", b"a")
    obstore.put(inner, "b", b"b")
    writer = ConditionalWriter(ObjectStore(inner), "conditional")
    assert writer.put([("a", b"A"), ("b", None)]) == [False, False]
    assert [m["path"] for m in obstore.list(inner).collect()] == ["a"]


def test_the_extension_knows_which_stores_have_conditions() -> None:
    """Catches a store that is written as if another machine could not write to it."""
    made: list[Any] = []

    class Noted:
        def __call__(self, bridge: StoreBridge, **options: Any) -> Any:
            made.append(options["has_conditions"])
            return object()

    names: Any = extension()
    whole = names.PythonStore
    names.PythonStore = Noted()
    try:
        for store in (ObjectStore(obstore.store.MemoryStore()), MemoryStore()):
            handle_of(store)
    finally:
        names.PythonStore = whole
    assert made == [True, False]
