"""Shard indexes with wrong offsets and lengths, and entries of absent subchunks."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bindings.support import LITTLE, Bridge, bridged, document, local, ramp, sharding

if TYPE_CHECKING:
    from pathlib import Path


def index(*entries: tuple[int, int]) -> bytes:
    return b"".join(struct.pack("<QQ", *entry) for entry in entries)


ABSENT = (2**64 - 1, 2**64 - 1)
LIES = {
    "past-the-end": ((8, 8), (1 << 20, 8)),
    "too-long": ((8, 8), (0, 17)),
    "huge": ((8, 8), (1 << 62, 1 << 62)),
    "wraps": ((8, 8), (2**64 - 4, 8)),
    "half-absent": ((8, 8), (2**64 - 1, 8)),
    "overlapping": ((0, 8), (4, 8)),
    "same": ((0, 8), (0, 8)),
    "into-the-index": ((0, 8), (12, 8)),
    "no-length": ((0, 8), (8, 0)),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("kind", ["files", "bridge"])
def test_a_lying_shard_index_is_an_error(tmp_path: Path, lie: str, kind: str) -> None:
    """Catches trust in offsets and lengths: reads outside the shard, or of another's bytes."""
    codec = sharding((2,))
    codec["configuration"]["index_codecs"] = [LITTLE]
    text = document((4,), (4,), codecs=(codec,))
    value = ramp((4,)).tobytes() + index(*LIES[lie])
    bridge = Bridge({"c/0": value})
    ours = bridged(bridge, text)
    if kind == "files":
        (tmp_path / "c").mkdir()
        (tmp_path / "c" / "0").write_bytes(value)
        ours = local(tmp_path, text)
    for selection in ((0, 1, 4), (2, 1, 2), 3):
        with pytest.raises(RuntimeError, match="decode-failed: the stored value of 'c/0'"):
            ours.read(selection)
    with pytest.raises(RuntimeError, match="decode-failed: the stored value of 'c/0'"):
        ours.write(ramp((1,)), (3, 1, 1))
    assert bridge.values == {"c/0": value}


def test_absent_subchunks_read_as_fill_values(tmp_path: Path) -> None:
    """Catches the mark of an absent subchunk that is used as an offset."""
    codec = sharding((2,))
    codec["configuration"]["index_codecs"] = [LITTLE]
    ours = local(tmp_path, document((4,), (4,), fill=5, codecs=(codec,)), missing_chunks="error")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "0").write_bytes(ramp((2,)).tobytes() + index(ABSENT, (0, 8)))
    np.testing.assert_array_equal(ours.read_all(), [5, 5, 1, 2])


@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("kind", ["files", "bridge"])
def test_a_shard_that_is_shorter_than_its_index_is_an_error(
    tmp_path: Path, location: str, kind: str
) -> None:
    """Catches a truncated shard that is read as an absent one, or that only some reads detect."""
    text = document((16,), (16,), codecs=(sharding((2,), location=location),))
    for value in (b"", b"abc"):
        ours = bridged(Bridge({"c/0": value}), text)
        if kind == "files":
            (tmp_path / "c").mkdir(exist_ok=True)
            (tmp_path / "c" / "0").write_bytes(value)
            ours = local(tmp_path, text)
        words = f"too short to hold its index: it has {len(value)} of 132 bytes"
        for selection in ((0, 1, 16), (2, 1, 2), 3):
            with pytest.raises(RuntimeError, match=f"decode-failed: .*{words}"):
                ours.read(selection)
        with pytest.raises(RuntimeError, match=f"decode-failed: .*{words}"):
            ours.write(ramp((1,)), (3, 1, 1))


def test_a_shard_of_absurdly_many_subchunks_is_refused(tmp_path: Path) -> None:
    """Catches memory for an index that is allocated because of the document alone."""
    text = document((1 << 50,), (1 << 50,), codecs=(sharding((1,)),))
    (tmp_path / "c").mkdir()
    ours = local(tmp_path, text)
    assert ours.read(3) == 0
    (tmp_path / "c" / "0").write_bytes(b"0" * 100)
    with pytest.raises(RuntimeError, match=r"decode-failed: .* too short to hold its index"):
        ours.read(3)
    with pytest.raises(RuntimeError, match=r"^budget: a shard index"):
        bridged(Bridge(), text).read(3)
