"""Measurements that do not wait for the disk."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _others_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable `os.sync`, which waits for the writes of other processes: seconds on a busy disk."""
    monkeypatch.setattr(os, "sync", lambda: None)
