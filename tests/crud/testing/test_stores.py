"""Stores that hide, count or reject calls."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from zarr.core.buffer.cpu import Buffer, buffer_prototype
from zarr.crud._stores.event_loop import is_synchronous
from zarr.crud.testing import AsyncOnlyStore, CountingStore, FailingStore, StoreFailure
from zarr.storage import MemoryStore

VALUE = Buffer.from_bytes(b"x")


def test_a_store_without_synchronous_methods_is_asynchronous() -> None:
    """Catches a store whose synchronous methods are used nevertheless."""
    store, inner = AsyncOnlyStore(), MemoryStore()
    assert not is_synchronous(store)
    asyncio.run(AsyncOnlyStore(inner).set("a", VALUE))
    assert list(inner._store_dict) == ["a"]
    asyncio.run(store.set("a", VALUE))
    found: Any = asyncio.run(store.get("a", buffer_prototype))
    assert found.to_bytes() == b"x"


def test_calls_are_counted_in_order_and_take_effect() -> None:
    """Catches a call that is not recorded, or that is recorded and not made."""
    store = CountingStore()
    assert is_synchronous(store)
    store.set_sync("a", VALUE)
    found = store.get_sync("a")
    assert found is not None
    assert found.to_bytes() == b"x"
    store.delete_sync("a")
    assert store.get_sync("a") is None
    assert store.calls == [("set", "a"), ("get", "a"), ("delete", "a"), ("get", "a")]


@pytest.mark.parametrize("on", ["get", "set", "delete"])
def test_one_kind_of_call_fails_for_chunks_only(on: str) -> None:
    """Catches a store that fails at the document, before the backend is reached."""
    failure = StoreFailure(7)
    assert not isinstance(failure, Exception)
    assert failure.detail == 7
    store = FailingStore(failure, on=on)
    assert is_synchronous(store)
    calls: dict[str, Any] = {
        "set": lambda key: store.set_sync(key, VALUE),
        "get": store.get_sync,
        "delete": store.delete_sync,
    }
    for name, call in calls.items():
        call("a/zarr.json")
        if name == on:
            with pytest.raises(StoreFailure) as caught:
                call("c/0")
            assert caught.value is failure
        else:
            call("c/0")
    store.failing_call = None
    calls[on]("c/0")
