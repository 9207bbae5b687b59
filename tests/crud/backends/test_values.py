"""Stored values, for backends that read and replace them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zarr.core.buffer.cpu import Buffer
from zarr.crud import Location, Options
from zarr.crud._stores import key_locks
from zarr.crud._stores.location import get, put
from zarr.crud._stores.trees import list_keys
from zarr.crud.backends import StoredChunk, change_value, hold, value_at

if TYPE_CHECKING:
    from zarr.abc.store import Store


@pytest.mark.parametrize(("path", "key"), [("", "c/0"), ("a/b", "a/b/c/0")])
def test_a_value_is_that_of_a_key_below_the_node(store: Store, path: str, key: str) -> None:
    """Catches a value at the root of the store, or of a sibling."""
    location = Location(store, path)

    def append(value: StoredChunk) -> None:
        found = value.get_sync()
        value.set_sync(Buffer.from_bytes((b"" if found is None else found.to_bytes()) + b"x"))

    for _ in range(2):
        change_value(location, "c/0", Options(), append)
    found = get(store, key)
    assert found is not None
    assert found.to_bytes() == b"xx"
    with value_at(location, "c/0", Options()) as value:
        read: Any = value.get_sync()
    assert read.to_bytes() == b"xx"
    assert value.key == key
    change_value(location, "c/0", Options(), StoredChunk.delete_sync)
    assert list_keys(Location(store, "")) == []


def test_a_held_value_is_read_and_not_changed(store: Store) -> None:
    """Catches a deadlock of a thread with itself, or a lock of another key."""
    location = Location(store, "a")
    put(store, "a/c/0", b"x")
    with hold(location, "c/0"):
        assert key_locks.prefix_of(store) + b"a/c/0" in key_locks.held
        with value_at(location, "c/0", Options()) as value:
            assert value.get_sync() is not None
        with pytest.raises(RuntimeError, match="holds the key 'a/c/0'"):
            change_value(location, "c/0", Options(), StoredChunk.delete_sync)
        change_value(location, "c/1", Options(), StoredChunk.delete_sync)
    assert not key_locks.held
    change_value(location, "c/0", Options(), StoredChunk.delete_sync)
    assert get(store, "a/c/0") is None


def test_an_error_of_the_work_is_raised_and_releases_the_key(store: Store) -> None:
    """Catches a key that stays locked after an error."""
    failure = KeyError("x")

    def fail(_: StoredChunk) -> None:
        raise failure

    with pytest.raises(KeyError) as caught:
        change_value(Location(store, "a"), "c/0", Options(), fail)
    assert caught.value is failure
    assert not key_locks.held
