"""Open files of a local store: how long they are used, and that they are closed."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

from tests import patience
from tests.bindings.support import document, local, ramp, sharding
from tests.faults.support import descriptors


def test_replaced_and_deleted_chunks_are_seen_at_once(tmp_path: Path) -> None:
    """Catches answers from a cache of data, files or directories."""
    ours = local(tmp_path / "a", document())
    ours.write_all(ramp((7, 5)))
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))
    (tmp_path / "a").rename(tmp_path / "b")
    assert not ours.read_all().any()
    local(tmp_path / "b", ours.text).write_all(-ramp((7, 5)))
    (tmp_path / "b").rename(tmp_path / "a")
    np.testing.assert_array_equal(ours.read_all(), -ramp((7, 5)))


def test_files_are_closed_after_success_and_failure(tmp_path: Path) -> None:
    """Catches leaked descriptors."""
    ours = local(tmp_path, document((6, 4), (6, 4), codecs=(sharding((3, 1)),)))
    ours.write_all(ramp((6, 4)))
    gc.collect()
    held = descriptors()
    for _ in range(50):
        ours.read_all()
        ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    (tmp_path / "c" / "0" / "0").write_bytes(b"short")
    for _ in range(50):
        with pytest.raises(RuntimeError, match="decode-failed"):
            ours.read_all()
    # The file that was replaced last is closed after its write.
    patience.wait_for(lambda: descriptors() <= held, "the files to be closed")
