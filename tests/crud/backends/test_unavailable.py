"""Backends that `"auto"` skips because they cannot run here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zarr.crud.backends import unavailable
from zarr.crud.backends.unavailable import say_unavailable

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def passed_over(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set which backends cannot run, with their preferences; none has been reported yet."""

    def set_to(**preferences: int) -> None:
        reasons = dict.fromkeys(preferences, "it is night")
        monkeypatch.setattr(unavailable, "passed_over", lambda: reasons)
        monkeypatch.setattr(unavailable, "preference_of", preferences.__getitem__)

    monkeypatch.setattr(unavailable, "_said", {})
    return set_to


def test_each_is_named_once(
    passed_over: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    """Catches a warning at every read, or none about the second backend."""
    passed_over(a=1, b=0)
    for _ in range(3):
        say_unavailable()
    passed_over(a=1, b=0, c=1)
    say_unavailable()
    assert [record.args for record in caplog.records] == [
        ("a", "it is night"), ("b", "it is night"), ("c", "it is night"),
    ]  # fmt: skip
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert "'auto' runs without the engine 'a', which cannot run here" in caplog.messages[0]


def test_backends_of_last_resort_are_not_missed(
    passed_over: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    """Catches a warning about an engine that would not have been used anyway."""
    passed_over(a=-1)
    say_unavailable()
    passed_over()
    say_unavailable()
    assert caplog.records == []


def test_a_preference_is_looked_up_once(
    passed_over: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a failing import that is repeated at every call."""
    asked: list[str] = []
    passed_over(a=1)

    def preference_of(name: str) -> int:
        asked.append(name)
        return -1

    monkeypatch.setattr(unavailable, "preference_of", preference_of)
    for _ in range(3):
        say_unavailable()
    assert asked == ["a"]
