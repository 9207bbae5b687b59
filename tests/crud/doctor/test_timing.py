"""Calls are measured in turns."""

from __future__ import annotations

from zarr.crud._doctor.timing import in_turns


def test_each_round_begins_with_another() -> None:
    """Catches a call that always runs first, or after the same one."""
    order: list[str] = []
    calls = {name: lambda name=name: order.append(name) for name in "abc"}
    times = in_turns(calls, 60.0, rounds=3)
    assert order == list("abcbcacab")
    assert {name: len(taken) for name, taken in times.items()} == dict.fromkeys("abc", 3)


def test_there_is_one_round_whatever_the_time() -> None:
    """Catches a median of nothing."""
    assert [len(taken) for taken in in_turns({"a": lambda: None}, 0.0).values()] == [1]
    assert in_turns({}, 1.0) == {}
