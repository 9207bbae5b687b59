"""The overhead of zarr.crud is the time of a call above that of the same call of its backend."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

from bench import facade
from bench.facade import Nothing, Ready, facade_seconds


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The verbs of the two idle backends, in the order of the calls."""
    found: list[str] = []
    for verb in ("read_chunk", "write_chunk", "read_region", "write_region"):
        call = getattr(Nothing, verb)

        def noting(self: Any, *args: Any, call: Any = call, **kwargs: Any) -> Any:
            found.append(f"{self.name} {call.__name__}")
            return call(self, *args, **kwargs)

        monkeypatch.setattr(Nothing, verb, noting)
    return found


def test_both_calls_of_a_pair_reach_the_named_verb_once_with_the_same_result(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a row that compares a read with a write, or with a call of another backend."""
    results: list[Any] = []

    def once(call: Callable[[], Any]) -> float:
        results.append(call())
        return float(len(asked))

    monkeypatch.setattr(facade, "_seconds", once)
    names = list(facade_seconds(1))
    assert len(asked) == len(results) == 2 * len(names)
    for at, name in enumerate(names):
        verb = name.partition(",")[0]
        backend = Ready.name if "by a reader" in name else Nothing.name
        assert asked[2 * at : 2 * at + 2] == [f"{backend} {verb}"] * 2, name
        if "one element" not in name:
            np.testing.assert_array_equal(results[2 * at], results[2 * at + 1])


def test_the_figures_are_medians_of_the_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a difference of two medians, or a mean, which one slow round changes."""
    # Eight pairs in each round: in the three rounds, the call takes 8, 1 and 64 longer than the
    # backend.
    turns, above = count(), (8.0, 1.0, 64.0)

    def scripted(_: object) -> float:
        turn = next(turns)
        number, is_backend = turn // 16, turn % 2
        return 100.0 * number + (0.0 if is_backend else above[number])

    monkeypatch.setattr(facade, "_seconds", scripted)
    assert set(facade_seconds(3).values()) == {8.0}
    assert next(turns) == 3 * 16


def test_the_time_of_a_call_is_that_of_many_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the time of all repeats, shown as that of one."""
    clock = [5.0]
    monkeypatch.setattr(facade, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(facade, "REPEATS", 7)
    assert facade._seconds(lambda: clock.__setitem__(0, clock[0] + 3)) == 3
    assert clock == [5 + 7 * 3]
