"""Whole files are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.bindings.support import LITTLE, ZSTD, document, local, ramp, sharding

if TYPE_CHECKING:
    from pathlib import Path


SHARDED = (sharding((3, 2), LITTLE, ZSTD),)


@pytest.mark.parametrize("codecs", [(LITTLE,), SHARDED])
def test_values_are_replaced_and_not_written_through(
    tmp_path: Path, codecs: tuple[Any, ...]
) -> None:
    """Catches writing in place: hard-linked snapshots and open files keep the old bytes."""
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
