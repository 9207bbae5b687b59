"""Partial writes of chunks with blosc: blocks that are not touched are kept as they are stored."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import LITTLE, document, local, ramp, upstream

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bindings.support import Bound

SHAPE = (700, 130)
CHUNKS = (500, 100)


def blosc(cname: str = "zstd", shuffle: str = "shuffle", blocksize: int = 8 << 10) -> Any:
    options = {"cname": cname, "clevel": 5, "shuffle": shuffle, "typesize": 4}
    return {"name": "blosc", "configuration": options | {"blocksize": blocksize}}


def made(root: Path, text: str) -> tuple[Bound, Any]:
    """An array that upstream has written, and what it holds."""
    expected = ramp(SHAPE) % 1000
    upstream(root, text)[...] = expected
    return local(root, text), expected


def blocks(stored: bytes) -> list[bytes]:
    """The stored bytes of the blocks, which are in order."""
    size, block, end = struct.unpack_from("<III", stored, 4)
    count = -(-size // block)
    starts = [*struct.unpack_from(f"<{count}I", stored, 16), end]
    return [stored[a:b] for a, b in pairwise(starts)]


@pytest.mark.parametrize("shuffle", ["noshuffle", "shuffle", "bitshuffle"])
@pytest.mark.parametrize("cname", ["lz4", "lz4hc", "blosclz", "zlib", "zstd"])
def test_upstream_reads_what_was_written_into_some_blocks(
    tmp_path: Path, cname: str, shuffle: str
) -> None:
    """Catches blocks in the wrong place, of the wrong size, or encoded unlike their neighbors."""
    text = document(SHAPE, CHUNKS, codecs=(LITTLE, blosc(cname, shuffle)))
    ours, expected = made(tmp_path, text)
    random = np.random.default_rng(7)
    for _ in range(25):
        start = [int(random.integers(0, n)) for n in SHAPE]
        most = [min(120, SHAPE[0] - start[0]), SHAPE[1] - start[1]]
        count = [int(random.integers(1, n + 1)) for n in most]
        value = random.integers(0, 1 << random.integers(1, 31), count, "i4")
        ours.write(value, *((a, 1, n) for a, n in zip(start, count, strict=True)))
        expected[start[0] : start[0] + count[0], start[1] : start[1] + count[1]] = value
    np.testing.assert_array_equal(upstream(tmp_path, text)[...], expected)
    np.testing.assert_array_equal(ours.read_all(), expected)


def test_untouched_blocks_are_not_encoded_again(tmp_path: Path) -> None:
    """Catches a write of some elements that encodes the whole chunk."""
    ours, expected = made(tmp_path, document(SHAPE, CHUNKS, codecs=(LITTLE, blosc())))
    file = tmp_path / "c" / "0" / "0"
    old = bytearray(file.read_bytes())
    # The end of the last block: no decoder would accept it.
    end = bytes(old[-4:])
    old[-4:] = b"\xff" * 4
    file.write_bytes(old)
    ours.write(-expected[30:60, 7:9], (30, 1, 30), (7, 1, 2))
    before, after = blocks(bytes(old)), blocks(file.read_bytes())
    changed = [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert changed == [1, 2]
    with pytest.raises(RuntimeError, match="cannot be decoded"):
        ours.write(-expected[:500, :9], (0, 1, 500), (0, 1, 9))
    assert blocks(file.read_bytes()) == after
    file.write_bytes(file.read_bytes()[:-4] + end)
    expected[30:60, 7:9] *= -1
    np.testing.assert_array_equal(ours.read_all(), expected)


def test_a_damaged_block_is_not_replaced_in_part(tmp_path: Path) -> None:
    """Catches elements that are invented beside those that are written."""
    ours, expected = made(tmp_path, document(SHAPE, CHUNKS, codecs=(LITTLE, blosc())))
    file = tmp_path / "c" / "0" / "0"
    old = bytearray(file.read_bytes())
    at = old.index(blocks(bytes(old))[1])
    old[at + 4 : at + 24] = b"\xff" * 20
    file.write_bytes(old)
    with pytest.raises(RuntimeError, match=r"'c/0/0' in .* cannot be decoded: blosc"):
        ours.write(-expected[30:32, 7:9], (30, 1, 2), (7, 1, 2))
    assert file.read_bytes() == bytes(old)


def test_a_chunk_that_has_become_empty_is_deleted(tmp_path: Path) -> None:
    """Catches a chunk of fill values that is kept because only its blocks were looked at."""
    text = document(SHAPE, CHUNKS, codecs=(LITTLE, blosc()))
    ours = local(tmp_path, text)
    ours.write(ramp((20, 100)) + 1, (40, 1, 20), (0, 1, 100))
    ours.write(np.full((5, 100), 7, "i4"), (300, 1, 5), (0, 1, 100))
    file = tmp_path / "c" / "0" / "0"
    ours.write(np.zeros((20, 100), "i4"), (40, 1, 20), (0, 1, 100))
    assert file.exists()
    assert (ours.read_all() != 0).sum() == 500
    ours.write(np.zeros((5, 100), "i4"), (300, 1, 5), (0, 1, 100))
    assert not file.exists()
