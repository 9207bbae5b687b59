"""Shards of a Python store that are replaced during a read, between any two requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Axis,
    Bridge,
    Request,
    bridged,
    document,
    positions,
    sharding,
)

FILL = -1
# Larger than the gap, up to which a shard is fetched whole. Subchunks may be farther apart.
LENGTH, INNER = 1 << 20, 1 << 16


@dataclass
class Changing(Bridge):
    """A store whose key has its next value at every request."""

    versions: list[bytes | None] = field(default_factory=list)
    requests: int = 0

    def get(self, key: str, start: int | None, length: int | None) -> memoryview | None:
        value = self.versions[min(self.requests, len(self.versions) - 1)]
        self.requests += 1
        self.values = {} if value is None else {key: value}
        return super().get(key, start, length)


@dataclass
class Meddled(Bridge):
    """A store that someone else writes to after the first batch of requests."""

    later: dict[str, bytes] = field(default_factory=dict)

    def get_many(self, requests: list[Request]) -> list[memoryview | None]:
        if self.asked:
            self.values.update(self.later)
        return super().get_many(requests)


def version(number: int, absent: tuple[int, ...] = ()) -> Any:
    """Values that encode their position and their version; some subchunks are not stored."""
    data = np.arange(LENGTH, dtype="i4") * 8 + number
    for place in absent:
        data[place * INNER : (place + 1) * INNER] = FILL
    return data


def stored(text: str, data: Any) -> bytes:
    bridge = Bridge()
    bridged(bridge, text).write_all(data)
    return bridge.values["c/0"]


def text_of(location: str, *codecs: dict[str, Any]) -> str:
    codec = sharding((INNER,), *codecs, location=location)
    return document((LENGTH,), (LENGTH,), fill=FILL, codecs=(codec,))


SELECTIONS: list[Axis] = [
    3 * INNER + 5,
    (3 * INNER - 7, 1, INNER),
    positions(7, 5 * INNER + 1, 15 * INNER + 2),
    (INNER - 1, 5 * INNER, 3),
]


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("codecs", [(LITTLE,), (LITTLE, ZSTD)], ids=["raw", "zstd"])
def test_every_subchunk_that_is_read_is_of_one_value_of_the_shard(
    codecs: tuple[dict[str, Any], ...], location: str, selection: Axis
) -> None:
    """Catches the index of one value used with the bytes of another; raw bytes look valid."""
    text = text_of(location, *codecs)
    # No index comes back after another one: that is the one change that cannot be seen.
    changes = [(), (0,), (0, 2), (5,), (4,), (1, 3), (1,), (2,)]
    values = [version(number, absent) for number, absent in enumerate(changes)]
    shards: list[bytes | None] = [stored(text, value) for value in values]
    if isinstance(selection, tuple):
        start, step, count = selection
        selected: Any = np.arange(count) * step + start
    else:
        selected = selection
    subchunks = np.atleast_1d(np.arange(LENGTH)[selected]) // INNER
    one_of = [np.atleast_1d(value[selected]) for value in values]
    for first in range(len(shards)):
        bridge = Changing(versions=shards[first:])
        found = np.atleast_1d(bridged(bridge, text).read(selection))
        for subchunk in np.unique(subchunks):
            inside = subchunks == subchunk
            assert any(np.array_equal(found[inside], value[inside]) for value in one_of), first


@pytest.mark.parametrize("location", ["start", "end"])
def test_a_part_that_is_far_from_the_index_is_of_one_value(location: str) -> None:
    """Catches the same if the index is too far away to be fetched in the same range."""
    inner, length = 1 << 18, 1 << 22
    codec = sharding((inner,), location=location)
    text = document((length,), (length,), fill=FILL, codecs=(codec,))
    place = inner if location == "end" else 14 * inner
    chosen = positions(place + 1, place + inner + 1)
    data = np.arange(length, dtype="i4") * 4
    gone = (data < 4 * inner, data >= 4 * 15 * inner, data < 0)
    values = [np.where(absent, FILL, data + number) for number, absent in enumerate(gone)]
    shards: list[bytes | None] = [stored(text, value) for value in values]
    for shift in range(3):
        bridge = Changing(versions=shards[shift:] + shards[:shift] * 2)
        found = bridged(bridge, text).read(chosen)
        assert any(np.array_equal(found, value[chosen]) for value in values), (shift, found)
        assert [len(batch) for batch in bridge.asked] == [1, 1, 1, 1]


@pytest.mark.parametrize("location", ["start", "end"])
def test_subchunks_of_one_size_are_each_of_one_value(location: str) -> None:
    """Catches subchunks that are fetched twice, although the index is all that can be verified."""
    inner, length = 1 << 18, 1 << 22
    codec = sharding((inner,), location=location)
    text = document((length,), (length,), fill=FILL, codecs=(codec,))
    shards: list[bytes | None] = [
        stored(text, np.arange(length, dtype="i4") * 8 + number) for number in range(4)
    ]
    low, high = (1, 6 * inner) if location == "end" else (8 * inner, 14 * inner)
    for rest in range(6):
        # The first value answers `rest` requests, and the others those that follow.
        bridge = Changing(versions=[shards[0]] * rest + shards[1:])
        found = bridged(bridge, text).read(positions(low, high))
        np.testing.assert_array_equal(found // 8, [low, high])
        # Too far apart for one request.
        assert [len(batch) for batch in bridge.asked] == [1, 2, 1]


@pytest.mark.parametrize("missing", ["fill", "error"])
@pytest.mark.parametrize("requests", [1, 2])
def test_a_shard_that_is_deleted_meanwhile_is_missing(requests: int, missing: str) -> None:
    """Catches a deleted shard that is reported as damaged."""
    text = document((1 << 22,), (1 << 22,), fill=FILL, codecs=(sharding((1 << 18,)),))
    bridge = Changing(versions=[stored(text, np.arange(1 << 22, dtype="i4"))] * requests + [None])
    ours = bridged(bridge, text, missing_chunks=missing)
    if missing == "fill":
        assert ours.read(5) == FILL
        return
    with pytest.raises(RuntimeError, match="chunk-not-found"):
        ours.read(5)


def test_a_shard_that_does_not_rest_is_fetched_whole() -> None:
    """Catches a reader that retries forever, or that gives up, while the shard keeps changing."""
    text = text_of("end")
    absent = [(0,), (1, 2), (5,)]
    shards = [stored(text, version(number, places)) for number, places in enumerate(absent)]
    bridge = Changing(versions=[*shards] * 50)
    assert bridged(bridge, text).read(3 * INNER) == 3 * INNER * 8
    assert bridge.asked[-1] == [("c/0", None, None)]
    assert bridge.requests == 4


def test_only_the_shards_that_were_replaced_are_read_again() -> None:
    """Catches a whole batch that is fetched again because of one shard."""
    inner, length = 1 << 16, 1 << 19
    text = document((3 * length,), (length,), fill=FILL, codecs=(sharding((inner,)),))
    bridge, other = Meddled(), Bridge()
    ours = bridged(bridge, text)
    data = np.arange(3 * length, dtype="i4")
    ours.write_all(data)
    bridged(other, text).write_all(np.where(data % length < inner, FILL, data + 1))
    bridge.later = {"c/1": other.values["c/1"]}
    found = ours.read(positions(inner, length + inner, 2 * length + inner))
    assert list(found) == [inner, length + inner + 1, 2 * length + inner]
    assert [len(batch) for batch in bridge.asked] == [3, 3, 3, 1]
    assert bridge.asked[-1] == [("c/1", None, None)]


def test_a_batch_has_as_many_shards_as_fit_into_memory() -> None:
    """Catches a round trip for every few shards of which one subchunk is wanted."""
    bridge, count = Bridge(), 40
    codec = sharding((INNER,))
    text = document((count * LENGTH,), (LENGTH,), fill=FILL, codecs=(codec,))
    ours = bridged(bridge, text)
    # A shard has 4 MiB, and a batch 64 MiB.
    assert set(ours.read((0, LENGTH, count))) == {FILL}
    assert [len(batch) for batch in bridge.asked] == [count]
    bridge.asked.clear()
    assert set(ours.read((0, INNER, count * LENGTH // INNER))) == {FILL}
    assert [len(batch) for batch in bridge.asked] == [16, 16, 8]


def test_unused_bytes_before_the_index_are_no_damage() -> None:
    """Catches a shard that is fetched whole, because its index is not behind its subchunks."""
    text, data, place = text_of("end"), version(0), LENGTH - 5
    shard = stored(text, data)
    size = 16 * (LENGTH // INNER) + 4
    padded = shard[:-size] + b"unused" * 5 + shard[-size:]
    bridge = Bridge({"c/0": padded})
    ours = bridged(bridge, text)
    assert ours.read(place) == data[place]
    assert [len(batch) for batch in bridge.asked] == [1, 1, 1]
    assert all(length is not None for batch in bridge.asked for _, _, length in batch)
