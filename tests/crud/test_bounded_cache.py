"""Caches with a limit."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest

from tests.crud.test_document import document_members
from zarr.crud._bounded_cache import BoundedCache, any_of
from zarr.crud._document import cache


class Counted:
    """A function that records its calls."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def __call__(self, key: int) -> int:
        self.calls.append(key)
        return 2 * key


def rounds(cached: BoundedCache[int, int], function: Counted, keys: range) -> list[int]:
    """How often the function is called in each round in which all keys are used in turn."""
    counts = []
    for _ in range(60):
        function.calls.clear()
        assert [cached(key) for key in keys] == [2 * key for key in keys]
        counts.append(len(function.calls))
    return counts


def test_a_result_is_computed_once() -> None:
    """Catches results that are mixed up or computed again."""
    function = Counted()
    cached = BoundedCache(function, most=4)
    assert [cached(key) for key in (3, 0, 3, 1, 0)] == [6, 0, 6, 2, 0]
    assert function.calls == [3, 0, 1]
    assert len(cached) == 3
    cached.clear()
    assert (len(cached), cached(3), function.calls) == (0, 6, [3, 0, 1, 3])


@pytest.mark.parametrize("extra", [1, 2, 4])
def test_most_are_found_if_too_many_are_used_in_turn(extra: int) -> None:
    """Catches a limit beyond which nothing is found any more."""
    function = Counted()
    cached = BoundedCache(function, most=32)
    counts = rounds(cached, function, range(32 + extra))
    assert counts[0] == 32 + extra
    assert sum(counts[20:]) < 40 * 32 / 2
    assert len(cached) == 32


@pytest.mark.parametrize("count", [1, 9, 32])
def test_what_a_program_turns_to_is_found(count: int) -> None:
    """Catches a full cache that keeps its old entries for ever."""
    function = Counted()
    cached = BoundedCache(function, most=32)
    rounds(cached, function, range(32))
    counts = rounds(cached, function, range(100, 100 + count))
    assert counts[0] == count
    assert sum(counts[20:]) < 40 * count / 2


def test_large_entries_count_as_several() -> None:
    """Catches memory that grows with the size of the entries, and large ones that never stay."""
    function = Counted()
    cached = BoundedCache(function, most=32, size=lambda key: key)
    for key in range(8, 100):
        assert cached(key) == cached(key) == 2 * key
    assert len(cached) == 4
    assert len(function.calls) == 92
    for key in (1, 2, 3):
        cached(key)
    assert sum(min(key, 8) for key in cached._results) <= 32


def test_an_exception_is_not_cached() -> None:
    """Catches an error that stays after its cause is gone."""
    outcomes: list[Any] = [ValueError("first"), 5]

    def outcome_of(_: str) -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    read = BoundedCache(outcome_of, most=2)
    with pytest.raises(ValueError, match="first"):
        read("a")
    assert read("a") == read("a") == 5


def test_threads_share_results_and_the_limit() -> None:
    """Catches an entry that two threads drop, or a limit that they pass together."""
    cached = BoundedCache(Counted(), most=8)
    wrong: list[object] = []

    def work(seed: int) -> None:
        numbers = random.Random(seed)
        try:
            for _ in range(3000):
                key = numbers.randrange(12)
                if cached(key) != 2 * key:
                    wrong.append(key)
        except Exception as err:  # noqa: BLE001
            wrong.append(err)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    cached(100)
    assert len(cached) <= 8 + 8


def test_the_random_numbers_of_a_program_stay_its_own() -> None:
    """Catches an eviction that takes numbers from the generator that a program has seeded."""
    before = random.getstate()
    cached = BoundedCache(Counted(), most=2)
    for key in range(9):
        cached(key)
    assert any_of({4}) == 4
    assert random.getstate() == before


def test_an_entry_that_was_discarded_is_made_again() -> None:
    """Catches a value that is found although it no longer holds."""
    cached: BoundedCache[int, object] = BoundedCache(lambda _: object(), most=2)
    first, other = cached(1), cached(2)
    cached.discard(1)
    cached.discard(3)
    assert (cached.get(1), cached.get(2)) == (None, other)
    assert cached(1) is not first
    assert cached(2) is other


def test_documents_in_turn_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches documents that are parsed in each call if there is one too many."""
    made: list[str] = []
    parse: Any = cache.of_text._function

    def counted(text: str) -> Any:
        made.append(text)
        return parse(text)

    monkeypatch.setattr(cache.of_text, "_most", 16)
    monkeypatch.setattr(cache.of_text, "_function", counted)
    cache.of_text.clear()
    documents = [document_members(shape=[1 + i, 5]) for i in range(17)]
    counts: list[int] = []
    for _ in range(60):
        made.clear()
        for document in documents:
            cache.as_document(document)
        counts.append(len(made))
    assert counts[0] == 17
    assert sum(counts[20:]) < 40 * 17 / 2
    cache.of_text.clear()


def test_a_value_that_is_kept_is_found() -> None:
    """Catches a value that is not kept, replaces that of another thread, or exceeds the limit."""
    cached: BoundedCache[int, int] = BoundedCache(Counted(), most=2)
    assert cached.keep(1, 10) == 10
    assert cached.keep(1, 11) == 10
    assert cached(1) == 10
    for key in range(5):
        cached.keep(key, key)
    assert len(cached) == 2


def test_what_is_known_is_found_without_a_call() -> None:
    """Catches a question about a key that computes its result."""
    calls: list[int] = []

    def negative(key: int) -> int:
        calls.append(key)
        return -key

    cache = BoundedCache(negative, most=2)
    assert cache.get(3) is None
    assert calls == []
    assert cache(3) == -3
    assert cache.get(3) == -3
    assert calls == [3]


def test_entries_are_counted_seldom() -> None:
    """Catches a count of all entries for each new one, which takes longer than most results."""

    class Entries(dict[Any, Any]):
        counts = 0

        def items(self) -> Any:
            Entries.counts += 1
            return super().items()

    cached = BoundedCache(str, most=1024, size=lambda _: 1)
    cached._results = Entries()
    for key in range(10_240):
        assert cached(key) == str(key)
        assert len(cached) <= 1024
    assert Entries.counts < 10_240 / 32


def test_room_that_is_given_back_is_used_again() -> None:
    """Catches a cache that holds less and less."""
    cached = BoundedCache(str, most=64, size=lambda _: 1)
    for key in range(1000):
        cached(key)
        cached.discard(key)
    for key in range(64):
        cached(key)
    assert len(cached) == 64
    cached.clear()
    for key in range(64):
        cached(key)
    assert len(cached) == 64


def test_without_a_function_only_what_was_kept_is_found() -> None:
    """Catches a call of nothing for a key without an entry."""
    cached: BoundedCache[str, int] = BoundedCache(None, most=2)
    with pytest.raises(KeyError, match="a"):
        cached("a")
    assert cached.keep("a", 1) == 1
    assert cached("a") == cached.get("a") == 1
    assert cached.get("b") is None
