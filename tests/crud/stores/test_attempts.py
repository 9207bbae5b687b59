"""Repeated attempts to replace a value."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.patience import in_thread, join, wait_for
from zarr.crud import UnsupportedError
from zarr.crud._stores import attempts
from zarr.crud._stores.attempts import MOST_UNANSWERED, MOST_UNCHANGED, Attempts
from zarr.crud._stores.cancellation import Cancellation, CancelledCall, context_with
from zarr.crud._stores.conditional import Conflict
from zarr.crud._stores.latch import Latch
from zarr.storage import MemoryStore


def tags(*names: str) -> list[Any]:
    return [{"e_tag": name} for name in names]


def test_a_value_that_changes_is_tried_for_as_long_as_it_does() -> None:
    """Catches a writer that gives up, and loses its elements, because there are many others."""
    made = Attempts(MemoryStore(), "c/0")
    for number in range(10 * MOST_UNCHANGED):
        made.note({"e_tag": str(number)}, Conflict())
    assert made.count == 10 * MOST_UNCHANGED


def test_a_value_that_does_not_change_is_an_error_in_the_end() -> None:
    """Catches a write that never ends, at a server that compares tags in another way."""
    made = Attempts(MemoryStore(), "c/0")
    made.note({"e_tag": "other"}, Conflict())
    for _ in range(MOST_UNCHANGED):
        made.note({"e_tag": "same"}, Conflict())
    with pytest.raises(UnsupportedError, match=r"'c/0' of .* it has not; use locking='threads'"):
        made.note({"e_tag": "same"}, Conflict())


def test_a_store_that_does_not_answer_is_given_up() -> None:
    """Catches an endless wait for a dead server, and an answer in between that is forgotten."""
    made, silent = Attempts(MemoryStore(), "c/0"), TimeoutError("silent")
    for _ in range(2):
        for number in range(MOST_UNANSWERED - 1):
            made.note({"e_tag": str(number)}, Conflict(silent))
        made.note({"e_tag": "answered"}, Conflict())
    for number in range(MOST_UNANSWERED - 1):
        made.note({"e_tag": str(number)}, Conflict(silent))
    with pytest.raises(TimeoutError, match="silent") as caught:
        made.note({"e_tag": "last"}, Conflict(silent))
    assert caught.value is silent


def test_pauses_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches writers that disturb each other at every turn, and one that waits for hours."""
    waited: list[float] = []

    class Noted(Latch):
        def wait(self, seconds: float = -1) -> None:
            waited.append(seconds)

    monkeypatch.setattr(attempts, "Latch", Noted)
    monkeypatch.setattr(attempts, "random", lambda: 0.5)
    for attempt in (1, 2, 3, 100, 10**6):
        attempts.pause(attempt)
    assert waited == [0.01, 0.02, 0.04, 0.5, 0.5]


def test_a_cancellation_ends_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a cancelled call that sleeps on."""
    monkeypatch.setattr(attempts, "_SHORTEST_PAUSE", 10.0**6)
    monkeypatch.setattr(attempts, "_LONGEST_PAUSE", 10.0**6)
    monkeypatch.setattr(attempts, "random", lambda: 1.0)
    cancellation, ends = Cancellation(), []

    def work() -> None:
        with pytest.raises(CancelledCall):
            attempts.pause(1)
        ends.append(time.monotonic())

    thread = in_thread(lambda: context_with(cancellation).run(work))
    wait_for(lambda: cancellation._acts, "the pause")
    cancellation.cancel()
    join(thread)
    assert ends
