"""Partial writes of shards: what is not touched goes from the old file to the new one as it is."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.zarrs.bindings.support import (
    CRC,
    GZIP,
    LITTLE,
    ZSTD,
    Bound,
    document,
    done,
    files,
    local,
    ramp,
    sharding,
    upstream,
)


def rearranged(root: Path, inner: int, gap: int) -> None:
    """Stores the raw shard `c/0` in another order, with gaps between the subchunks."""
    path = root / "c" / "0"
    stored = path.read_bytes()
    count = (len(stored)) // (inner + 16)
    body, places = b"", {}
    for place in reversed(range(count)):
        body += b"\xff" * gap
        places[place] = len(body)
        body += stored[place * inner : (place + 1) * inner]
    index = b"".join(struct.pack("<QQ", places[place], inner) for place in range(count))
    path.write_bytes(body + index)


def raw_shard(length: int, inner: int, location: str = "end") -> str:
    codec = sharding((inner,), location=location)
    codec["configuration"]["index_codecs"] = [LITTLE]
    return document((length,), (length,), fill=-1, codecs=(codec,))


# Few and large subchunks are copied one by one; many small ones are read as a whole.
@pytest.mark.parametrize(("inner", "count"), [(1 << 17, 9), (1000, 40), (1, 500)])
@pytest.mark.parametrize("gap", [0, 3])
def test_a_shard_in_any_order_is_put_in_order(
    tmp_path: Path, inner: int, count: int, gap: int
) -> None:
    """Catches subchunks that are taken for neighbours, and gaps that are copied along."""
    ours = local(tmp_path, raw_shard(inner * count, inner))
    expected = ramp((inner * count,))
    ours.write_all(expected)
    size = (tmp_path / "c" / "0").stat().st_size
    rearranged(tmp_path, 4 * inner, gap)
    for place in (count // 2, 0, count - 1):
        expected[place * inner] = -place
        ours.write(np.array([-place], "i4"), (place * inner, 1, 1))
        np.testing.assert_array_equal(ours.read_all(), expected)
    stored = (tmp_path / "c" / "0").read_bytes()
    assert len(stored) == size
    assert stored[: expected.nbytes] == expected.tobytes()


def calls() -> int:
    """Calls by which this process has written anything."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["syscw"])


@pytest.mark.parametrize("rearrange", [False, True])
def test_small_subchunks_are_written_together(tmp_path: Path, *, rearrange: bool) -> None:
    """Catches a call of the system for each subchunk."""
    ours = local(tmp_path, raw_shard(5000, 1))
    ours.write_all(ramp((5000,)))
    if rearrange:
        rearranged(tmp_path, 4, 0)
    before = calls()
    ours.write(ramp((5000,))[::2] + 1, (0, 2, 2500))
    assert calls() - before < 20
    np.testing.assert_array_equal(ours.read((0, 1, 5)), [2, 2, 4, 4, 6])


@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("codecs", [(), (ZSTD,), (GZIP, CRC)])
def test_pieces_of_all_sizes_make_the_shard_of_upstream(
    tmp_path: Path, codecs: tuple[dict[str, Any], ...], location: str
) -> None:
    """Catches bytes that are lost where a buffer is full, or where it is passed by."""
    codec = sharding((64, 60), LITTLE, *codecs, location=location)
    text = document((500, 700), (256, 480), "uint16", codecs=(codec,))
    rng = np.random.default_rng(0)
    expected = rng.integers(0, 1000, (500, 700)).astype("u2")
    expected[64:128] = 7
    ours = local(tmp_path / "ours", text)
    ours.write_all(expected)
    theirs = upstream(tmp_path / "theirs", text)
    theirs[...] = expected
    for start, step, count in ((3, 1, 70), (250, 1, 20), (0, 111, 5), (499, 1, 1)):
        value = rng.integers(0, 9, (count, 333)).astype("u2")
        ours.write(value, (start, step, count), (11, 2, 333))
        theirs[start : start + step * count : step, 11:677:2] = value
        expected[start : start + step * count : step, 11:677:2] = value
    np.testing.assert_array_equal(ours.read_all(), expected)
    # Two implementations of gzip make different bytes.
    if GZIP not in codecs:
        assert files(tmp_path / "ours") == files(tmp_path / "theirs")


def test_untouched_subchunks_are_not_decoded(tmp_path: Path) -> None:
    """Catches subchunks that are encoded anew although nothing was written to them."""
    ours = local(tmp_path, document((64,), (64,), codecs=(sharding((4,), LITTLE, ZSTD),)))
    ours.write_all(ramp((64,)))
    path = tmp_path / "c" / "0"
    stored = bytearray(path.read_bytes())
    stored[8] ^= 0xFF
    path.write_bytes(bytes(stored))
    with pytest.raises(RuntimeError, match="decode-failed"):
        ours.read(1)
    counts = done(lambda: ours.write(np.array([5], "i4"), (60, 1, 1)))
    assert (counts["chunks_decoded"], counts["chunks_encoded"]) == (1, 1)
    assert path.read_bytes()[:12] == bytes(stored[:12])
    np.testing.assert_array_equal(ours.read((4, 1, 60)), [*range(5, 61), 5, 62, 63, 64])


def failing(root: Path) -> Bound:
    """An array of which the second subchunk of its first shard is damaged."""
    ours = local(root, document((64,), (32,), codecs=(sharding((4,), LITTLE, CRC),)))
    ours.write_all(ramp((64,)))
    path = root / "c" / "0"
    stored = bytearray(path.read_bytes())
    stored[25] ^= 1
    path.write_bytes(bytes(stored))
    return ours


def test_a_shard_that_cannot_be_changed_stays_and_leaves_nothing(tmp_path: Path) -> None:
    """Catches a shard that is put in place though one of its subchunks failed, and leftovers."""
    ours = failing(tmp_path)
    before = files(tmp_path)
    for selection in ((5, 1, 1), (0, 1, 6), (0, 5, 6)):
        with pytest.raises(RuntimeError, match="decode-failed: the stored value of 'c/0'"):
            ours.write(np.zeros(selection[2], "i4"), selection)
        assert files(tmp_path) == before
    ours.write(np.zeros(4, "i4"), (4, 1, 4))
    np.testing.assert_array_equal(ours.read((0, 1, 10)), [1, 2, 3, 4, 0, 0, 0, 0, 9, 10])


def test_a_shard_beyond_the_budget_is_not_copied(tmp_path: Path) -> None:
    """Catches a sparse file of any size that is copied to the disk for one element."""
    ours = local(tmp_path, raw_shard(4, 2))
    path = tmp_path / "c" / "0"
    path.parent.mkdir()
    huge = 1 << 39
    with path.open("wb") as file:
        file.seek(huge)
        file.write(struct.pack("<4Q", 0, 8, 8, huge - 8))
    with pytest.raises(RuntimeError, match="budget"):
        ours.write(np.array([1], "i4"), (0, 1, 1))
    assert [name.name for name in path.parent.iterdir()] == ["0"]


def test_every_thread_has_a_part_in_one_shard(tmp_path: Path) -> None:
    """Catches results that depend on who finishes a shard."""
    text = document((40, 40), (40, 40), "uint8", codecs=(sharding((4, 4), LITTLE, ZSTD),))
    expected = np.zeros((40, 40), "u1")
    rng = np.random.default_rng(1)
    ours = [local(tmp_path, text), local(tmp_path, text, concurrency=1)]
    for turn in range(60):
        row, column = rng.integers(0, 30, 2)
        value = rng.integers(0, 3, (10, 10)).astype("u1")
        expected[row : row + 10, column : column + 10] = value
        ours[turn % 2].write(value, (int(row), 1, 10), (int(column), 1, 10))
        np.testing.assert_array_equal(ours[1].read_all(), expected)
    assert zb.counters()["write_region"] >= 60
