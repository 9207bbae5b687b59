"""Files are replaced as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import LITTLE, ZSTD, document, done, files, local, ramp, sharding

if TYPE_CHECKING:
    from pathlib import Path


SHARDED = (sharding((3, 2), LITTLE, ZSTD),)


@pytest.mark.parametrize("codecs", [(LITTLE,), SHARDED])
def test_values_are_replaced_and_not_written_through(
    tmp_path: Path, codecs: tuple[Any, ...]
) -> None:
    """Catches writes in place, which change hard-linked snapshots and open files."""
    ours = local(tmp_path, document(chunks=(6, 4), codecs=codecs))
    ours.write_all(ramp((7, 5)))
    chunk = tmp_path / "c" / "0" / "0"
    snapshot = tmp_path / "snapshot"
    snapshot.hardlink_to(chunk)
    old = chunk.read_bytes()
    with chunk.open("rb") as held:
        ours.write(-ramp((1, 5)), (0, 1, 1), (0, 1, 5))
        assert held.read() == old
    assert snapshot.read_bytes() == old != chunk.read_bytes()


@pytest.mark.parametrize("locking", ["auto", "threads", "processes"])
def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path, locking: str) -> None:
    """Catches a dangling link that counts as another writer's value and is waited for forever."""
    ours = local(tmp_path, document(), locking=locking)
    (tmp_path / "c/0").mkdir(parents=True)
    (tmp_path / "c/0/0").symlink_to(tmp_path / "gone")
    assert not ours.read_chunk(0, 0).any()
    ours.write(ramp((1, 1)), (2, 1, 1), (1, 1, 1))
    assert ours.read(2, 1) == 1
    assert (tmp_path / "c/0/0").is_symlink() is False
    assert list(files(tmp_path)) == ["c/0/0"]


def test_deleting_an_absent_value_is_no_error_and_counted_as_in_files(tmp_path: Path) -> None:
    """Catches an error for a chunk that is already deleted, and folders that are created."""
    ours = local(tmp_path / "root", document())
    work = done(lambda: ours.write_all(np.zeros((7, 5), "i4")))
    assert (work["chunks_deleted"], work["bytes_written"]) == (0, 0)
    assert not (tmp_path / "root").exists()
    ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    work = done(lambda: ours.write(np.zeros((1, 1), "i4"), (0, 1, 1), (0, 1, 1)))
    assert (work["chunks_deleted"], files(tmp_path)) == (1, {})
