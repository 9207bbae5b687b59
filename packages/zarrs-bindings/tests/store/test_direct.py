"""Files that are read and written without the page cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import (
    CRC,
    LITTLE,
    ZSTD,
    Bound,
    document,
    done,
    files,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 4096
SIZES = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, (1 << 20) + 1]
# More than one transfer.
LARGE = (9 << 20) + 5
KINDS: dict[str, tuple[Any, ...]] = {"raw": (LITTLE,), "zstd": (LITTLE, ZSTD), "crc": (LITTLE, CRC)}


def directly(root: Path, text: str, **options: Any) -> Bound:
    return local(root, text, direct_io=True, **options)


def noise(size: int) -> Any:
    return np.random.default_rng(size).integers(1, 256, size, "u1")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [*SIZES, LARGE])
def test_chunks_of_all_sizes_are_those_of_the_page_cache(
    tmp_path: Path, size: int, kind: str
) -> None:
    """Catches a last block whose padding stays, or whose end is lost, at every edge of a block."""
    text = document((size,), (max(size, 1),), "uint8", codecs=KINDS[kind])
    cached, ours = local(tmp_path / "cached", text), directly(tmp_path / "direct", text)
    values = noise(size)
    cached.write_all(values)
    work = done(lambda: ours.write_all(values))
    assert files(tmp_path / "direct") == files(tmp_path / "cached")
    stored = sum(map(len, files(tmp_path / "direct").values()))
    assert work["bytes_written"] == stored
    assert work["bytes_written_directly"] == -(-stored // BLOCK) * BLOCK
    work = done(lambda: np.testing.assert_array_equal(ours.read_all(), values))
    assert work["bytes_read"] == stored
    # A transfer that does not begin at a block repeats some of the one before.
    assert stored <= work["bytes_read_directly"] <= stored + 3 * BLOCK


@pytest.mark.parametrize("size", [1, BLOCK + 1, 3 * BLOCK])
def test_parts_of_raw_chunks_are_read_wherever_they_begin(tmp_path: Path, size: int) -> None:
    """Catches a window that begins or ends at the wrong block."""
    ours = directly(tmp_path, document((size,), (size,), "uint8"))
    values = noise(size)
    ours.write_all(values)
    places = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, size - 1, size}
    for start in sorted(place for place in places if place < size):
        for stop in sorted(place for place in places if start < place <= size):
            found = ours.read((start, 1, stop - start))
            np.testing.assert_array_equal(found, values[start:stop])


@pytest.mark.parametrize(
    "codecs", [(LITTLE,), (sharding((3, 2), LITTLE),), (sharding((3, 2), LITTLE, ZSTD, CRC),)]
)
def test_parts_of_ragged_arrays_are_written_and_read(
    tmp_path: Path, codecs: tuple[Any, ...]
) -> None:
    """Catches a part of a chunk or shard that loses the rest, and a list that reads other bytes."""
    text = document((7, 5), (6, 4), codecs=codecs)
    ours, cached = directly(tmp_path, text), local(tmp_path, text)
    expected = ramp((7, 5))
    ours.write_all(expected)
    for _ in range(2):
        expected[1:6, ::3] += 100
        work = done(lambda: ours.write(expected[1:6, ::3], (1, 1, 5), (0, 3, 2)))
        assert work["bytes_read_directly"] >= work["bytes_read"] > 0
        assert work["bytes_written_directly"] >= work["bytes_written"] > 0
        for array in (ours, cached):
            np.testing.assert_array_equal(array.read_all(), expected)
            np.testing.assert_array_equal(array.read(6, (0, 2, 3)), expected[6, ::2])


def test_a_durable_write_is_as_without(tmp_path: Path) -> None:
    """Catches an option that another one turns off."""
    ours = directly(tmp_path, document(), durability="fsync", locking="processes")
    work = done(lambda: ours.write_all(ramp((7, 5))))
    assert work["bytes_written_directly"] == 9 * BLOCK
    np.testing.assert_array_equal(local(tmp_path, document()).read_all(), ramp((7, 5)))


@pytest.mark.parametrize("codecs", [(LITTLE,), (LITTLE, ZSTD), (sharding((3, 2), LITTLE, CRC),)])
@pytest.mark.parametrize("kept", [0, 1, 5])
def test_a_truncated_file_is_damaged(tmp_path: Path, kept: int, codecs: tuple[Any, ...]) -> None:
    """Catches a read that waits for bytes that never come, or that returns the padding."""
    ours = directly(tmp_path, document((6, 4), (6, 4), codecs=codecs))
    ours.write_all(ramp((6, 4)))
    chunk = tmp_path / "c/0/0"
    chunk.write_bytes(chunk.read_bytes()[:kept])
    with pytest.raises(RuntimeError, match="decode-failed"):
        ours.read_all()


def test_what_is_no_file_has_its_own_error(tmp_path: Path) -> None:
    """Catches a folder in place of a chunk that counts as a file system without direct I/O."""
    (tmp_path / "c/0/0").mkdir(parents=True)
    ours = directly(tmp_path, document())
    with pytest.raises(IsADirectoryError):
        ours.read(0, 0)
    assert ours.read(6, 4) == 0


@pytest.mark.parametrize("wanted", [1, 40, 200])
def test_many_subchunks_are_read_by_few_transfers(tmp_path: Path, wanted: int) -> None:
    """Catches a transfer for each subchunk, although its blocks have others, too."""
    text = document((200, 50), (200, 50), codecs=(sharding((1, 50), LITTLE, CRC),))
    ours, values = directly(tmp_path, text), ramp((200, 50))
    ours.write_all(values)
    [shard] = files(tmp_path).values()
    step = 200 // wanted
    asked = ((0, step, wanted), (0, 1, 50))
    work = done(lambda: np.testing.assert_array_equal(ours.read(*asked), values[::step]))
    assert work["bytes_read_directly"] <= len(shard) + BLOCK


def test_few_elements_are_read_by_few_transfers(tmp_path: Path) -> None:
    """Catches a transfer for each row, although every one reads a block from the disk."""
    ours = directly(tmp_path, document((500, 300), (500, 300), "uint8"))
    values = noise(150_000).reshape(500, 300)
    ours.write_all(values)
    work = done(lambda: np.testing.assert_array_equal(ours.read((0, 1, 500), 7), values[:, 7]))
    assert work["bytes_read_directly"] < 160_000
