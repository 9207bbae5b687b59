"""Records of what is left to zarr."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.patience import HANG
from zarr.crud._stores.location import Location
from zarr.storage import MemoryStore
from zarr.zarrs._pipeline import left


def test_each_array_and_reason_has_one_record(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a record for every call, or a reason that another one hides."""
    monkeypatch.setattr(left, "_said", {})
    store = MemoryStore()
    with caplog.at_level(logging.WARNING, "zarr.zarrs"):
        for reason in ("it is Tuesday", "it is late", "it is Tuesday"):
            for path in ("a", "b", "a"):
                left.leave(ValueError(reason), Location(store, path), reason, strict=False)
    assert len(caplog.records) == 4
    assert "'a' in" in caplog.records[0].getMessage()
    assert caplog.records[0].getMessage().endswith("it is Tuesday; zarr-python's own way is taken")


def test_a_record_says_what_is_done_instead(caplog: pytest.LogCaptureFixture) -> None:
    """Catches a record that names zarr-python's pipeline where the engine goes on."""
    with caplog.at_level(logging.WARNING, "zarr.zarrs"):
        place = Location(MemoryStore(), "a")
        left.leave(ValueError(), place, "it is late", strict=False, instead="tea is served")
    assert caplog.records[0].getMessage().endswith("it is late; tea is served")


def test_in_strict_mode_the_error_is_raised() -> None:
    """Catches an error that is only logged."""
    with pytest.raises(ValueError, match="it is Tuesday"):
        left.leave(ValueError("it is Tuesday"), Location(MemoryStore(), ""), "", strict=True)


def test_records_are_forgotten_in_the_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches memory that grows with every array."""
    monkeypatch.setattr(left, "_said", {})
    monkeypatch.setattr(left, "_MOST_SAID", 2)
    with caplog.at_level(logging.WARNING, "zarr.zarrs"):
        for path in "abca":
            left.leave(ValueError(), Location(MemoryStore({}), path), "why", strict=False)
    assert len(left._said) == 2


def test_of_several_threads_one_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a record from each of the threads that begin to read an array together."""
    together = Barrier(4)

    class Said(dict[tuple[str, str], object]):
        def __contains__(self, record: object) -> bool:
            found = super().__contains__(record)
            together.wait(HANG)
            return found

    monkeypatch.setattr(left, "_said", Said())
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(left._is_new, [("array", "reason")] * 4)) == [False] * 3 + [True]
