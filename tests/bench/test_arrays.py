"""The overhead of an array is its time above that of an equivalent call of zarr.crud."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

import zarr
from bench import arrays
from bench.arrays import array_seconds, calls, plain_calls
from zarr.storage import MemoryStore

VALUES = np.arange(70 * 50, dtype="i2").reshape(70, 50)
ENGINE: Any = "reference"


def made() -> Any:
    array = zarr.create_array(MemoryStore(), shape=(70, 50), chunks=(3, 2), dtype="i2")
    array[...] = VALUES
    return array.with_engine(ENGINE)


NAMES = [*calls(made(), ENGINE), *plain_calls(made())]


def pair(name: str) -> tuple[Any, tuple[Callable[[], Any], Callable[[], Any]]]:
    array = made()
    return array, (calls(array, ENGINE) | plain_calls(array))[name]


@pytest.mark.parametrize("name", NAMES)
def test_both_calls_of_a_pair_do_the_same(name: str) -> None:
    """Catches an overhead between two different selections, or between a write and a read."""
    above, below = (pair(name) for _ in range(2))
    found, expected = above[1][0](), below[1][1]()
    written = above[0][...], below[0][...]
    np.testing.assert_array_equal(*written)
    if "=" in name:
        assert (written[0] == 7).any()
    else:
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(written[0], VALUES)


@pytest.mark.parametrize("name", [name for name in NAMES if "=" not in name])
def test_a_call_reads_what_its_name_says(name: str) -> None:
    """Catches a row `arr[2:5, 3:9]` that reads a single element."""
    expression = name.removesuffix(", by a reader")
    for old, new in (
        ("arr.oindex[list, list]", "arr[np.ix_([1, 5, 3], [0, 2, 4])]"),
        ("arr.vindex[list, list]", "arr[[1, 5, 3], [0, 2, 4]]"),
        ("arr.blocks[1, 2]", "arr[3:6, 4:6]"),
        ("[list, 2:9]", "[[1, 5, 3], 2:9]"),
    ):
        expression = expression.replace(old, new)
    expected = eval(expression, {"arr": VALUES, "np": np})
    np.testing.assert_array_equal(pair(name)[1][0](), expected)


def test_the_figures_are_medians_of_the_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a difference of two medians, or a mean, which one slow round changes."""
    turns, above = count(), (8.0, 1.0, 64.0)

    def scripted(call: Callable[[], Any]) -> float:
        call()
        turn = next(turns)
        number = turn // (2 * len(NAMES))
        return 100.0 * number + (0.0 if turn % 2 else above[number])

    monkeypatch.setattr(arrays, "_seconds", scripted)
    assert array_seconds(3) == dict.fromkeys(NAMES, 8.0)
    assert next(turns) == 3 * 2 * len(NAMES)


def test_the_time_of_a_call_is_that_of_many_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the time of all repeats, shown as that of one."""
    clock = [5.0]
    monkeypatch.setattr(arrays, "thread_time", lambda: clock[0])
    monkeypatch.setattr(arrays, "REPEATS", 7)
    assert arrays._seconds(lambda: clock.__setitem__(0, clock[0] + 3)) == 3
    assert clock == [5 + 7 * 3]
