"""File locks between processes; here the test holds them, in place of another process."""

from __future__ import annotations

import fcntl
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests import patience
from tests.bindings.support import LITTLE, ZSTD, Bound, document, files, local, ramp, sharding
from tests.interrupts import is_interrupted
from tests.privileges import without_capabilities

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

CHAINS: list[tuple[Any, ...]] = [(LITTLE,), (LITTLE, ZSTD), (sharding((3, 2)),)]


def made(root: Path, codecs: tuple[Any, ...] = (LITTLE,), **options: Any) -> Bound:
    ours = local(root, document((3, 4), (3, 4), codecs=codecs), **options)
    ours.write_all(ramp((3, 4)))
    return ours


@pytest.mark.parametrize("codecs", CHAINS)
@pytest.mark.parametrize("locking", ["auto", "processes"])
def test_a_writer_waits_and_then_keeps_what_the_other_wrote(
    tmp_path: Path, codecs: tuple[Any, ...], locking: str
) -> None:
    """Catches a writer that does not wait, or that uses what it read before it waited."""
    ours, path = made(tmp_path, codecs, locking=locking), tmp_path / "c/0/0"
    other = made(tmp_path / "other", codecs)
    other.write(np.array([[50]], "i4"), (2, 1, 1), (3, 1, 1))
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        thread = patience.in_thread(
            lambda: ours.write(np.array([[60]], "i4"), (0, 1, 1), (0, 1, 1))
        )
        thread.join(patience.A_WHILE)
        assert thread.is_alive()
        assert ours.read(0, 0) == 1
        (tmp_path / "other/c/0/0").rename(path)
        fcntl.flock(held, fcntl.LOCK_UN)
    patience.join(thread)
    expected = ramp((3, 4))
    expected[2, 3], expected[0, 0] = 50, 60
    np.testing.assert_array_equal(ours.read_all(), expected)


def test_a_writer_among_threads_waits_for_no_process(tmp_path: Path) -> None:
    """Catches an option that is accepted and ignored."""
    ours = made(tmp_path, locking="threads")
    with (tmp_path / "c/0/0").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ours.write(np.array([[60]], "i4"), (0, 1, 1), (0, 1, 1))
        assert ours.read(0, (0, 1, 2)).tolist() == [60, 2]


def test_the_lock_is_gone_after_a_write_and_after_a_failure(tmp_path: Path) -> None:
    """Catches a chunk that stays locked for as long as the process lives."""
    ours, path = made(tmp_path, (LITTLE, ZSTD)), tmp_path / "c/0/0"
    path.write_bytes(b"bad")
    with pytest.raises(RuntimeError, match="decode-failed"):
        ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    for _ in range(2):
        with path.open("rb") as mine:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours.write_all(ramp((3, 4)))


def later() -> bool:
    time.sleep(patience.A_WHILE)
    return True


def test_a_wait_can_be_interrupted(tmp_path: Path) -> None:
    """Catches a writer that waits forever for a process that hangs."""
    ours = made(tmp_path)
    before = files(tmp_path)
    with (tmp_path / "c/0/0").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert is_interrupted(later, lambda: ours.write_all(-ramp((3, 4))))
    assert files(tmp_path) == before


def test_what_cannot_be_read_is_replaced_by_a_writer_that_keeps_nothing(tmp_path: Path) -> None:
    """Catches a chunk that cannot be repaired, and a partial write over an unreadable chunk."""
    ours, path = made(tmp_path), tmp_path / "c/0/0"
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(OSError, match="c/0/0"):
        ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    ours.write_all(-ramp((3, 4)))
    np.testing.assert_array_equal(ours.read_all(), -ramp((3, 4)))
    path.chmod(0)
    with without_capabilities():
        with pytest.raises(PermissionError):
            ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
        ours.write_all(ramp((3, 4)))
    np.testing.assert_array_equal(ours.read_all(), ramp((3, 4)))
