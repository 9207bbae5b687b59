"""Damaged stored bytes: an error that names the key and the reason, and no invented data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bindings.support import (
    CRC,
    GZIP,
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    blosc,
    bridged,
    document,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path


CHAINS = {
    "raw": (LITTLE,),
    "zstd": (LITTLE, ZSTD),
    "gzip": (LITTLE, GZIP),
    "blosc": (LITTLE, blosc()),
    "crc32c": (LITTLE, CRC),
    "shard": (sharding((3, 1), LITTLE, ZSTD),),
    "shard-start": (sharding((3, 1), LITTLE, ZSTD, location="start"),),
}
DAMAGED = r"decode-failed: the stored value of 'c/0/0' in .* cannot be decoded: \w+"


@pytest.fixture(params=CHAINS)
def ours(request: pytest.FixtureRequest) -> tuple[Bound, Bridge]:
    bridge = Bridge()
    bound = bridged(bridge, document((6, 4), (6, 4), codecs=CHAINS[request.param]))
    bound.write_all(ramp((6, 4)))
    return bound, bridge


def refused(bound: Bound) -> None:
    """Assert that reading the array and reading the chunk both fail."""
    with pytest.raises(RuntimeError, match=DAMAGED):
        bound.read_all()
    with pytest.raises(RuntimeError, match=DAMAGED):
        bound.read_chunk(0, 0)


def test_a_truncated_chunk_is_an_error(ours: tuple[Bound, Bridge]) -> None:
    """Catches a short value that is padded."""
    bound, bridge = ours
    whole = bridge.values["c/0/0"]
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        bridge.values["c/0/0"] = whole[:length]
        refused(bound)


def test_an_oversized_chunk_is_an_error(ours: tuple[Bound, Bridge]) -> None:
    """Catches trailing bytes that are ignored, except for the gaps that a shard may have."""
    bound, bridge = ours
    bridge.values["c/0/0"] += b"\x01\x02\x03"
    if '"start"' in bound.text:
        np.testing.assert_array_equal(bound.read_all(), ramp((6, 4)))
    else:
        refused(bound)


def test_garbage_is_an_error(ours: tuple[Bound, Bridge]) -> None:
    """Catches decoders that accept any bytes."""
    bound, bridge = ours
    bridge.values["c/0/0"] = bytes(range(1, 90))
    refused(bound)


def test_an_element_of_a_large_damaged_chunk_is_not_made_up(tmp_path: Path) -> None:
    """Catches damage that is missed because decoding stops at the wanted element."""
    text = document((1 << 18,), (1 << 18,), codecs=(LITTLE, ZSTD))
    ours = local(tmp_path, text)
    value = np.random.default_rng(0).integers(0, 99, 1 << 18, "i4")
    ours.write_all(value)
    assert ours.read(5) == value[5]
    chunk = tmp_path / "c" / "0"
    whole = chunk.read_bytes()
    for damaged in (whole[:-1], whole + whole, whole + b"more"):
        chunk.write_bytes(damaged)
        with pytest.raises(RuntimeError, match="decode-failed: the stored value of 'c/0'"):
            ours.read(5)


def test_a_damaged_chunk_is_not_overwritten_by_a_partial_write(ours: tuple[Bound, Bridge]) -> None:
    """Catches a write that destroys a damaged chunk because it treats it as absent."""
    bound, bridge = ours
    bridge.values["c/0/0"] = damaged = bytes(range(1, 90))
    with pytest.raises(RuntimeError, match=DAMAGED):
        bound.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    assert bridge.values == {"c/0/0": damaged}


def test_checksums_are_validated_unless_told_otherwise(tmp_path: Path) -> None:
    """Catches an option that has no effect, on or off."""
    text = document((6, 4), (6, 4), codecs=CHAINS["crc32c"])
    local(tmp_path, text).write_all(ramp((6, 4)))
    chunk = tmp_path / "c" / "0" / "0"
    stored = bytearray(chunk.read_bytes())
    stored[0] ^= 2
    chunk.write_bytes(stored)
    with pytest.raises(RuntimeError, match="checksum does not match"):
        local(tmp_path, text).read(0, 0)
    assert local(tmp_path, text, validate_checksums=False).read(0, 0) == 3
