"""Hostile paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, document, ramp

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", ["..", "a/../b", "/a", "a/", "a//b", ".", "a\0b", "a\\b"])
def test_a_path_that_could_leave_the_root_is_refused(tmp_path: Path, path: str) -> None:
    """Catches keys outside the store."""
    store = zb.FilesystemStore(str(tmp_path / "root"))
    with pytest.raises(RuntimeError, match=r"^invalid-path: "):
        Bound(document(), store, path).write_all(ramp((7, 5)))
    assert list(tmp_path.iterdir()) == []
