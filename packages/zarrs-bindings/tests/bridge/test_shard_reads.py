"""Shards of which each is read as soon as its parts have arrived, and replaced meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.bindings.fed import Fed
from tests.bindings.support import Bridge, bridged, document, positions, sharding

FILL = -1
INNER, LENGTH = 1 << 18, 1 << 22
"""Too large to be fetched whole, and too far apart for one range."""

TEXT = document((2 * LENGTH,), (LENGTH,), fill=FILL, codecs=(sharding((INNER,)),))
DATA = np.arange(2 * LENGTH, dtype="i4")


@dataclass
class Replaced(Fed):
    """A store in which somebody replaces a shard after some requests for it."""

    after: int = 0
    later: bytes | None = None
    log: list[tuple[str, bool]] = field(default_factory=list)

    def get(self, key: str, start: int | None, length: int | None) -> memoryview | None:
        if key == "c/1":
            self.after -= 1
            if self.after < 0:
                self.values.pop(key, None)
                self.values |= {} if self.later is None else {key: self.later}
        self.log.append((key, length is None))
        return super().get(key, start, length)


def test_a_part_of_a_shard_takes_its_index_twice() -> None:
    """Catches parts of a shard that are not shown to be of one value, and further requests."""
    bridge = Replaced(after=9)
    ours = bridged(bridge, TEXT)
    ours.write_all(DATA)
    bridge.later = bridge.values["c/1"]
    chosen = positions(1, 6 * INNER, LENGTH + 1, LENGTH + 6 * INNER)
    np.testing.assert_array_equal(ours.read(chosen), DATA[chosen])
    assert sorted(bridge.log) == [("c/0", False)] * 4 + [("c/1", False)] * 4


@pytest.mark.parametrize("after", range(5))
@pytest.mark.parametrize("is_deleted", [False, True])
def test_all_that_is_read_of_a_shard_is_of_one_value(after: int, is_deleted: bool) -> None:
    """Catches the index of one value used with the bytes of another; raw bytes look valid."""
    new = np.where(DATA % LENGTH < INNER, FILL, DATA + 1)
    other = Bridge()
    bridged(other, TEXT).write_all(new)
    bridge = Replaced()
    ours = bridged(bridge, TEXT)
    ours.write_all(DATA)
    (bridge.after, bridge.later) = (after, None if is_deleted else other.values["c/1"])
    one, two = LENGTH + 2 * INNER, LENGTH + 9 * INNER
    found = list(ours.read(positions(5, one, two)))
    # Index, two ranges, and the index again: what is replaced after these is not seen.
    changed = [FILL, FILL] if is_deleted else [one + 1, two + 1]
    assert found == [5, *([one, two] if after >= 4 else changed)]
    assert (("c/1", True) in bridge.log) == (0 < after < 4)
