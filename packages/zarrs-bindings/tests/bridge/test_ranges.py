"""The ranges of a shard that are requested from a Python store."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Bridge,
    bridged,
    document,
    positions,
    ramp,
    sharding,
)


@pytest.mark.parametrize("location", ["start", "end"])
def test_a_small_part_of_a_large_shard_is_fetched_by_ranges(location: str) -> None:
    """Catches a whole shard fetched for one subchunk, wrong ranges, and an unchecked index."""
    bridge = Bridge()
    length, inner = 1 << 21, 1 << 17
    text = document((length,), (length,), codecs=(sharding((inner,), location=location),))
    ours = bridged(bridge, text)
    ours.write_all(ramp((length,)))
    size = 16 * 16 + 4
    # Near the index, one range holds both, which proves that they belong together.
    near = 1 if location == "start" else 14
    assert ours.read(near * inner + 9) == near * inner + 10
    head = [("c/0", *((0, size) if location == "start" else (None, size)))]
    both = (0, size + 2 * 4 * inner) if location == "start" else (14 * 4 * inner, 8 * inner + size)
    assert bridge.asked == [head, [("c/0", *both)]]
    # Far from the index, it is requested a second time.
    bridge.asked.clear()
    far = 13 if location == "start" else 2
    assert ours.read(far * inner + 9) == far * inner + 10
    body = (size if location == "start" else 0) + far * 4 * inner
    assert bridge.asked == [head, [("c/0", body, 4 * inner)], head]
    np.testing.assert_array_equal(ours.read((0, 4 * inner, 4)), 1 + 4 * inner * np.arange(4))


def test_a_small_shard_is_fetched_whole() -> None:
    """Catches three requests where one is enough."""
    bridge = Bridge()
    ours = bridged(bridge, document((64,), (64,), codecs=(sharding((4,)),)))
    ours.write_all(ramp((64,)))
    assert ours.read(9) == 10
    assert bridge.asked == [[("c/0", None, None)]]


def test_most_of_a_shard_is_fetched_whole() -> None:
    """Catches many ranges where one request is enough."""
    bridge = Bridge()
    ours = bridged(bridge, document((64,), (64,), codecs=(sharding((4,)),)))
    ours.write_all(ramp((64,)))
    np.testing.assert_array_equal(ours.read((4, 1, 50)), ramp((64,))[4:54])
    assert bridge.asked == [[("c/0", None, None)]]


FILL = -1
# Larger than the gap, up to which a shard is fetched whole. Subchunks may be farther apart.
LENGTH, INNER = 1 << 20, 1 << 16


def test_options_limit_the_gaps_and_sizes_of_ranges() -> None:
    """Catches a gap or a maximum size that cannot be changed."""
    codec = sharding((INNER,), LITTLE, ZSTD)
    text = document((LENGTH,), (LENGTH,), fill=FILL, codecs=(codec,))
    noise = np.random.default_rng(5).integers(0, 1 << 30, LENGTH, dtype="i4")
    # Different stored sizes, one after the other.
    noise.reshape(16, INNER)[:, : INNER // 2] //= 1 << np.arange(16)[:, None]
    bridge = Bridge()
    bridged(bridge, text).write_all(noise)
    wanted = positions(*(place * INNER for place in (1, 2, 3, 5, 8)))

    def bodies(gap: int, most: int = 1 << 40) -> int:
        bridge.asked = []
        ours = bridged(bridge, text, coalesce_max_gap=gap, coalesce_max_bytes=most)
        np.testing.assert_array_equal(ours.read(wanted), noise[wanted])
        return len(bridge.asked[1])

    one = 4 * INNER
    assert [bodies(0), bodies(one), bodies(2 * one)] == [3, 2, 1]
    assert [bodies(0, 2 * one), bodies(0, 1)] == [4, 5]
