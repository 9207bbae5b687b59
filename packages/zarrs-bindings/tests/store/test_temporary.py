"""Temporary files, and those that a crash leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bindings.support import document, files, local, ramp

if TYPE_CHECKING:
    from pathlib import Path


def test_a_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    """Catches leftovers beside a chunk that cannot be replaced."""
    ours = local(tmp_path, document())
    (tmp_path / "c" / "0" / "0").mkdir(parents=True)
    with pytest.raises(OSError, match="c/0/0"):
        ours.write_chunk(ramp((3, 2)), 0, 0)
    assert files(tmp_path) == {}


def test_leftovers_of_a_crash_stop_nobody(tmp_path: Path) -> None:
    """Catches a fixed temporary name that blocks a chunk forever."""
    ours = local(tmp_path, document())
    (tmp_path / "c" / "0").mkdir(parents=True)
    for name in ("0.partial", "0.1f.partial"):
        (tmp_path / "c" / "0" / name).write_bytes(b"half")
    ours.write_all(ramp((7, 5)))
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))
