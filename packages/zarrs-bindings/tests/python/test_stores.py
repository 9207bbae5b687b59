"""The roots of local stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import _zarrs_bindings as zb
from tests.bindings.support import Bound, document, ramp

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_relative_root_is_made_absolute_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches relative roots that follow the working directory."""
    monkeypatch.chdir(tmp_path)
    ours = zb.FilesystemStore("data")
    monkeypatch.chdir("/")
    assert ours.root == bytes(tmp_path / "data")


def test_unusual_roots_and_paths_work(tmp_path: Path) -> None:
    """Catches roots that are treated as text or as URLs."""
    for name in (b"a b", b"a\nb", b"100%#x?", b"\xff\xfe", "é".encode()):
        root = bytes(tmp_path) + b"/" + name
        store = zb.FilesystemStore(root)
        assert store.root == root
        ours = Bound(document(), store, "a b/ü#1")
        ours.write_all(ramp((7, 5)))
        np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))
