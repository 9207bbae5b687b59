"""Sizes above the budget are refused before allocation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bindings.support import LITTLE, ZSTD, document, local, ramp

if TYPE_CHECKING:
    from pathlib import Path


def test_sizes_above_the_budget_are_refused_before_they_are_allocated(tmp_path: Path) -> None:
    """Catches absurd shapes, chunks and results that end the process."""
    text = document((1 << 40, 1 << 20), (1 << 40, 1 << 20), codecs=(LITTLE, ZSTD))
    ours = local(tmp_path, text)
    (tmp_path / "c" / "0").mkdir(parents=True)
    assert ours.read(5, 5) == 0
    (tmp_path / "c" / "0" / "0").write_bytes(b"something")
    for call in (
        lambda: ours.read(5, 5),
        lambda: ours.read_chunk(0, 0),
        lambda: ours.read((0, 1, 1 << 38), 0),
        lambda: ours.write(ramp((1,)), (0, 1, 1), 0),
    ):
        with pytest.raises(RuntimeError, match=r"^budget: "):
            call()
    small = local(tmp_path / "small", document(), decoded_size_budget=100)
    assert small.read((0, 1, 5), (0, 1, 5)).nbytes == 100
    with pytest.raises(RuntimeError, match=r"^budget: the result takes 140 bytes"):
        small.read_all()
