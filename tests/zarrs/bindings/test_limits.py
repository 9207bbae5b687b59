"""Absurd sizes and hostile paths: refused before anything is allocated or touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.zarrs.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    bridged,
    document,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_sizes_above_the_budget_are_refused_before_they_are_allocated(tmp_path: Path) -> None:
    """Catches bombs: absurd shapes, chunks and results that would end the process."""
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


def test_a_shard_of_absurdly_many_subchunks_is_refused(tmp_path: Path) -> None:
    """Catches an index that is allocated from the document alone."""
    text = document((1 << 50,), (1 << 50,), codecs=(sharding((1,)),))
    (tmp_path / "c").mkdir()
    ours = local(tmp_path, text)
    assert ours.read(3) == 0
    (tmp_path / "c" / "0").write_bytes(b"0" * 100)
    with pytest.raises(RuntimeError, match=r"decode-failed: .* too short to hold its index"):
        ours.read(3)
    with pytest.raises(RuntimeError, match=r"^budget: a shard index"):
        bridged(Bridge(), text).read(3)


@pytest.mark.parametrize("path", ["..", "a/../b", "/a", "a/", "a//b", ".", "a\0b", "a\\b"])
def test_a_path_that_could_leave_the_root_is_refused(tmp_path: Path, path: str) -> None:
    """Catches keys outside of the store."""
    store = zb.FilesystemStore(str(tmp_path / "root"))
    with pytest.raises(RuntimeError, match=r"^invalid-path: "):
        Bound(document(), store, path).write_all(ramp((7, 5)))
    assert list(tmp_path.iterdir()) == []


def test_unusual_roots_and_paths_work(tmp_path: Path) -> None:
    """Catches roots that are taken for text or for URLs."""
    for name in (b"a b", b"a\nb", b"100%#x?", b"\xff\xfe", "é".encode()):
        root = bytes(tmp_path) + b"/" + name
        store = zb.FilesystemStore(root)
        assert store.root == root
        ours = Bound(document(), store, "a b/ü#1")
        ours.write_all(ramp((7, 5)))
        np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))
