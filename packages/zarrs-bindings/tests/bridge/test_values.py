"""What is known about the values of a Python store: tags, or that none is replaced."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    Request,
    document,
    positions,
    ramp,
    sharding,
)

LENGTH, INNER = 1 << 20, 1 << 16
WANTED = positions(INNER, 9 * INNER + 1)


@dataclass
class Tagged(Bridge):
    """A store that gives tags, and whose key has its next value at every request."""

    versions: list[tuple[bytes | None, str | None]] = field(default_factory=list)
    requests: int = 0

    def get_tagged(
        self, requests: list[Request]
    ) -> tuple[list[memoryview | None], list[str | None]]:
        self.asked.append(requests)
        found = [self.next(*request) for request in requests]
        return [value for value, _ in found], [tag for _, tag in found]

    def next(self, key: str, *part: int | None) -> tuple[memoryview | None, str | None]:
        value, tag = self.versions[min(self.requests, len(self.versions) - 1)]
        self.requests += 1
        self.values = {} if value is None else {key: value}
        return super().get(key, *part), tag

    def get(self, key: str, start: int | None, length: int | None) -> memoryview | None:
        return self.next(key, start, length)[0]


def text_of(location: str = "end") -> str:
    codec = sharding((INNER,), LITTLE, ZSTD, location=location)
    return document((LENGTH,), (LENGTH,), fill=-1, codecs=(codec,))


def stored(text: str, data: Any) -> bytes:
    bridge = Bridge()
    Bound(text, zb.PythonStore(bridge)).write_all(data)
    return bridge.values["c/0"]


def values_of(text: str, count: int) -> tuple[list[Any], list[bytes]]:
    """Some values of a shard, each with another index."""
    noise = np.random.default_rng(7).integers(0, 1 << 30, (count, LENGTH), dtype="i4")
    data = list(noise >> np.arange(count, dtype="i4")[:, None])
    return data, [stored(text, one) for one in data]


@pytest.mark.parametrize("kind", ["tagged", "immutable"])
@pytest.mark.parametrize("location", ["start", "end"])
def test_nothing_is_verified_that_the_store_shows(kind: Any, location: str) -> None:
    """Catches a third round trip, and a small shard that is fetched whole to save one."""
    text = text_of(location)
    [data], [shard] = values_of(text, 1)
    bridge = Tagged(versions=[(shard, '"1"')])
    ours = Bound(text, zb.PythonStore(bridge, values=kind), options=zb.Options(coalesce_max_gap=0))
    np.testing.assert_array_equal(ours.read(WANTED), data[WANTED])
    assert [len(batch) for batch in bridge.asked] == [1, 2]
    bridge.asked.clear()
    # Smaller than the gap, but only one subchunk is wanted.
    ours.options = zb.Options(coalesce_max_gap=1 << 40)
    assert ours.read(5) == data[5]
    assert [len(batch) for batch in bridge.asked] == [1, 1]
    assert all(length is not None for batch in bridge.asked for _, _, length in batch)


def test_a_whole_shard_is_one_request() -> None:
    """Catches an index that is fetched for subchunks that are all wanted."""
    text = text_of()
    [data], [shard] = values_of(text, 1)
    bridge = Tagged(versions=[(shard, '"1"')])
    np.testing.assert_array_equal(
        Bound(text, zb.PythonStore(bridge, values="tagged")).read_all(), data
    )
    assert bridge.asked == [[("c/0", None, None)]]


@pytest.mark.parametrize("tags", [[None], ['"1"', None], ['"1"', '"2"'], ['"1"', '"1"', None]])
def test_without_equal_tags_the_index_is_requested_again(tags: list[str | None]) -> None:
    """Catches tags that are absent or differ, and are taken for a proof or for damage."""
    text = text_of()
    [data], [shard] = values_of(text, 1)
    bridge = Tagged(versions=[(shard, tag) for tag in tags])
    ours = Bound(
        text,
        zb.PythonStore(bridge, values="tagged"),
        options=zb.Options(coalesce_max_gap=0),
    )
    np.testing.assert_array_equal(ours.read(WANTED), data[WANTED])
    assert [len(batch) for batch in bridge.asked] == [1, 2, 1]


@pytest.mark.parametrize("rest", range(6))
def test_a_replaced_shard_with_tags_is_of_one_value(rest: int) -> None:
    """Catches subchunks of another value than that of the index."""
    text = text_of()
    data, shards = values_of(text, 3)
    versions = [(shards[0], '"0"')] * rest
    versions += [(shard, f'"{n}"') for n, shard in enumerate(shards) if n]
    bridge = Tagged(versions=[*versions])
    ours = Bound(
        text,
        zb.PythonStore(bridge, values="tagged"),
        options=zb.Options(coalesce_max_gap=0),
    )
    found = ours.read(WANTED)
    assert any(np.array_equal(found, one[WANTED]) for one in data)
    # The last request is for the whole shard.
    assert [len(batch) for batch in bridge.asked] == ([1, 2] if rest > 2 else [1, 2, 1, 1])


@pytest.mark.parametrize("missing", ["fill", "error"])
def test_a_shard_with_tags_that_is_deleted_meanwhile_is_missing(missing: Any) -> None:
    """Catches a deleted shard that is reported as damaged."""
    text = text_of()
    _, [shard] = values_of(text, 1)
    bridge = Tagged(versions=[(shard, '"1"'), (None, None)])
    options = zb.Options(coalesce_max_gap=0, missing_chunks=missing)
    ours = Bound(text, zb.PythonStore(bridge, values="tagged"), options=options)
    if missing == "fill":
        assert ours.read(5) == -1
        return
    with pytest.raises(RuntimeError, match="chunk-not-found"):
        ours.read(5)


@pytest.mark.parametrize(
    ("values", "immutable", "batches"),
    [
        ("changing", None, 3),
        ("changing", True, 2),
        ("changing", False, 3),
        ("immutable", None, 2),
        ("immutable", False, 3),
    ],
)
def test_the_option_says_whether_the_store_is_immutable(
    values: Any, immutable: bool | None, batches: int
) -> None:
    """Catches an option of a call that is ignored."""
    text = text_of()
    bridge = Bridge()
    options = zb.Options(coalesce_max_gap=0, immutable_store=immutable)
    ours = Bound(text, zb.PythonStore(bridge, values=values), options=options)
    ours.write_all(ramp((LENGTH,)))
    assert ours.read(INNER) == INNER + 1
    assert len(bridge.asked) == batches


def test_wrong_answers_and_words_are_errors() -> None:
    """Catches a tag too few that is accepted, and a word that is ignored."""
    with pytest.raises(ValueError, match='values is "often"; use "changing" or'):
        zb.PythonStore(Bridge(), values="often")  # type: ignore[arg-type]
    bridge: Any = Bridge()
    bridge.get_tagged = lambda requests: ([None] * len(requests), [])
    ours = Bound(text_of(), zb.PythonStore(bridge, values="tagged"))
    with pytest.raises(RuntimeError, match="get_tagged of the store was asked for 1 values"):
        ours.read(5)
