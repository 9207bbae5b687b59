"""Values that are stored only if there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import obstore
import pytest

from tests.patience import in_thread, join
from zarr.crud._stores import attempts, new_value
from zarr.crud._stores.attempts import MOST_UNANSWERED
from zarr.crud._stores.new_value import put_absent
from zarr.storage import LocalStore, MemoryStore, ObjectStore

if TYPE_CHECKING:
    from pathlib import Path


def offering(folder: Path) -> list[Any]:
    return [LocalStore(folder), ObjectStore(obstore.store.MemoryStore())]


def test_a_value_is_stored_once(tmp_path: Path) -> None:
    """Catches a value that replaces another one, and equal values that count as one's own."""
    for store in offering(tmp_path):
        assert put_absent(store, "a/b", b"one") is True
        assert put_absent(store, "a/b", b"two") is False
        assert put_absent(store, "a/b", b"one") is False


def test_a_store_without_conditions_stores_nothing() -> None:
    """Catches a value that is stored without the condition, by a function that promises it."""
    store = MemoryStore()
    assert put_absent(store, "a", b"one") is None
    assert store._store_dict == {}


def test_a_store_whose_conditions_turn_out_to_be_off_stores_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches an error about a setting that a plain put does not need."""

    async def refusing(*_: Any, **__: Any) -> None:
        raise NotImplementedError

    monkeypatch.setattr(obstore, "put_async", refusing)
    assert put_absent(ObjectStore(obstore.store.MemoryStore()), "a", b"one") is None


def test_of_many_creators_one_succeeds(tmp_path: Path) -> None:
    """Catches two threads that both take a value for their own."""
    for store in offering(tmp_path):
        for number in range(20):
            key, stored = str(number), list[bool | None]()

            def make(store: Any = store, key: str = key, to: Any = stored) -> None:
                to.append(put_absent(store, key, b"x"))

            join(*(in_thread(make) for _ in range(6)))
            assert sorted(map(bool, stored)) == [False] * 5 + [True]


def test_a_read_only_store_is_refused(tmp_path: Path) -> None:
    """Catches a file that is made in a store that was opened to be read."""
    with pytest.raises(ValueError, match="read-only"):
        put_absent(LocalStore(tmp_path, read_only=True), "a", b"one")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("landed", [True, False])
def test_a_put_that_was_not_answered_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
    *,
    landed: bool,
) -> None:
    """Catches an error about a value that was stored, and one that is stored twice."""
    monkeypatch.setattr(attempts, "_LONGEST_PAUSE", 0.001)
    store, put, calls = ObjectStore(obstore.store.MemoryStore()), obstore.put_async, list[int]()

    async def silent(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if landed or len(calls) > 1:
            await put(*args, **options)
        if len(calls) == 1:
            raise obstore.exceptions.GenericError("kind: Timeout,")

    monkeypatch.setattr(obstore, "put_async", silent)
    assert put_absent(store, "a", b"one") is True
    assert len(calls) == (1 if landed else 2)


def test_a_store_that_never_answers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an endless wait, and an error that is not the store's own."""
    monkeypatch.setattr(attempts, "_LONGEST_PAUSE", 0.001)
    error, calls = obstore.exceptions.GenericError("kind: Timeout,"), list[int]()

    async def silent(*_: Any, **__: Any) -> None:
        calls.append(1)
        raise error

    monkeypatch.setattr(obstore, "put_async", silent)
    with pytest.raises(obstore.exceptions.GenericError) as caught:
        new_value.put_absent(ObjectStore(obstore.store.MemoryStore()), "a", b"one")
    assert caught.value is error
    assert len(calls) == MOST_UNANSWERED
