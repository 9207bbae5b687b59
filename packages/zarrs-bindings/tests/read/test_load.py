"""How much of a stored chunk is read, and what a wrong length means."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import LITTLE, ZSTD, document, done, local, ramp, sharding

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = sharding((1, 2))
PLAIN["configuration"]["index_codecs"] = [LITTLE]
CHAINS: dict[str, tuple[Any, ...]] = {"raw": (LITTLE,), "coded": (LITTLE, ZSTD), "shard": (PLAIN,)}


@pytest.mark.parametrize("name", CHAINS)
def test_raw_chunks_are_read_in_part_and_encoded_ones_whole(tmp_path: Path, name: str) -> None:
    """Catches a whole raw chunk read for one element, and an encoded one that is read in part."""
    ours = local(tmp_path, document(codecs=CHAINS[name]))
    ours.write_all(ramp((7, 5)))
    size = (tmp_path / "c/1/0").stat().st_size
    work = done(lambda: ours.read(4, 1))
    index = 3 * 16
    assert work["bytes_read"] == {"raw": 4, "coded": size, "shard": 4 + index}[name]
    assert work["chunks_decoded"] == 1
    assert ours.read(4, 1) == ramp((7, 5))[4, 1]


@pytest.mark.parametrize("change", [-24, -1, 1, 24])
def test_a_file_of_another_length_is_damaged_whatever_is_wanted_of_it(
    tmp_path: Path, change: int
) -> None:
    """Catches an element that is read from a file whose length is wrong for its chunk."""
    ours = local(tmp_path, document())
    ours.write_all(ramp((7, 5)))
    whole = (tmp_path / "c/1/0").read_bytes()
    (tmp_path / "c/1/0").write_bytes((whole * 2)[: len(whole) + change])
    for selection in ((3, 0), (5, 1), ((3, 1, 3), (0, 1, 2))):
        with pytest.raises(RuntimeError, match=r"^decode-failed: the stored value of 'c/1/0'"):
            ours.read(*selection)
    np.testing.assert_array_equal(ours.read((0, 1, 3), 1), ramp((7, 5))[:3, 1])


def test_a_raw_subchunk_of_another_length_is_damaged(tmp_path: Path) -> None:
    """Catches elements of a neighbour that are read if the index gives a subchunk too few bytes."""
    ours = local(tmp_path, document((2, 2), (2, 2), codecs=(PLAIN,)))
    (tmp_path / "c/0").mkdir(parents=True)
    body, index = ramp((2, 2)).tobytes(), struct.pack("<4Q", 0, 4, 8, 8)
    (tmp_path / "c/0/0").write_bytes(body + index)
    assert ours.read(1, (0, 1, 2)).tolist() == [3, 4]
    for column in (0, 1):
        with pytest.raises(RuntimeError, match=r"^decode-failed: the stored value of 'c/0/0'"):
            ours.read(0, column)
