"""Libraries of stores whose threads are lost in a forked child."""

from __future__ import annotations

import sys

import obstore  # noqa: F401
import pytest

from zarr._engine.engines import lost


def test_only_threads_of_a_loaded_library_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a refusal of stores for the threads of the extension, or of another library."""
    monkeypatch.setattr(lost, "_running", set())
    assert "obstore" in sys.modules
    monkeypatch.setattr(lost, "_runs_tokio", lambda: False)
    lost._look()
    assert lost._running == set()
    monkeypatch.setattr(lost, "_runs_tokio", lambda: True)
    monkeypatch.delitem(sys.modules, "icechunk", raising=False)
    lost._look()
    assert lost._running == {"obstore"}


def test_what_ran_before_a_fork_is_lost_in_its_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a child that uses a library whose threads it does not have."""
    monkeypatch.setattr(lost, "_running", {"a library"})
    monkeypatch.setattr(lost, "LOST", set())
    monkeypatch.delitem(sys.modules, "zarr.crud._stores.forks", raising=False)
    lost._lose()
    assert {"a library"} == lost.LOST
