"""Kept chunks of stores in Python whose values are never replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import LITTLE, ZSTD, Bound, Bridge, document, ramp, sharding

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYOUTS: dict[str, str] = {
    "zstd": document(codecs=(LITTLE, ZSTD)),
    "raw": document(),
    "shard": document(chunks=(6, 2), codecs=(sharding((3, 1), LITTLE, ZSTD),)),
}
VALUES = ramp((7, 5))
ROW = ((2, 1, 1), (0, 1, 5))


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """The cache holds nothing, before and after each test."""
    zb.chunk_cache_clear()
    yield
    zb.chunk_cache_clear()


def bound(text: str, bridge: Bridge, values: str = "immutable", **options: Any) -> Bound:
    """An array with a cache, in a store of which this is known."""
    chosen, known = zb.Options(chunk_cache=1 << 20, **options), cast("Any", values)
    return Bound(text, zb.PythonStore(bridge, values=known), options=chosen)


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_kept_is_not_requested(name: str) -> None:
    """Catches a request for a chunk that is kept, and one that is missing for another."""
    bridge = Bridge()
    ours = bound(LAYOUTS[name], bridge)
    ours.write_all(VALUES)
    assert np.array_equal(ours.read(*ROW), VALUES[2:3])
    bridge.asked.clear()
    assert np.array_equal(ours.read(*ROW), VALUES[2:3])
    assert bridge.asked == []
    assert np.array_equal(ours.read_all(), VALUES)
    keys = {request[0] for batch in bridge.asked for request in batch}
    assert keys == (
        {"c/0/0", "c/0/1", "c/0/2", "c/1/0", "c/1/1", "c/1/2"}
        if name == "shard"
        else {f"c/{i}/{j}" for i in (1, 2) for j in range(3)}
    )
    bridge.asked.clear()
    found = ours.read_all()
    assert np.array_equal(found, VALUES)
    assert bridge.asked == []
    found[...] = 0
    assert np.array_equal(ours.read_all(), VALUES)


@pytest.mark.parametrize(
    ("values", "given"), [("changing", None), ("tagged", None), ("immutable", False)]
)
def test_nothing_is_kept_of_a_store_that_may_change(values: str, given: bool | None) -> None:
    """Catches a chunk that is kept though nothing shows that it was replaced."""
    bridge = Bridge()
    bridge.get_tagged = lambda requests: (  # type: ignore[attr-defined]
        [bridge.get(*request) for request in requests],
        ["a"] * len(requests),
    )
    ours = bound(LAYOUTS["zstd"], bridge, values, immutable_store=given)
    ours.write_all(VALUES)
    assert ours.read(0, 0) == ours.read(0, 0) == 1
    bridge.values["c/0/0"] = bridge.values["c/0/1"]
    assert ours.read(0, 0) == VALUES[0, 2]
    assert zb.chunk_cache_info()[:4] == (0, 0, 0, 0)


@pytest.mark.parametrize("name", LAYOUTS)
def test_our_own_writes_are_seen(name: str) -> None:
    """Catches a chunk that outlives a write through the extension, or one that it is told of."""
    bridge = Bridge()
    ours = bound(LAYOUTS[name], bridge)
    ours.write_all(VALUES)
    ours.read_all()
    ours.write(np.array([[50]], "i4"), (0, 1, 1), (0, 1, 1))
    assert ours.read(0, 0) == ours.read(0, 0) == 50
    plain = Bound(LAYOUTS[name], ours.store)
    plain.write(np.array([[60]], "i4"), (0, 1, 1), (0, 1, 1))
    assert ours.read(0, 0) == 60
    bridge.values = {}
    assert ours.read(0, 0) == 60
    zb.chunk_cache_written(ours.store)
    assert ours.read(0, 0) == 0
    # What is missing is asked for each time.
    bridge.asked.clear()
    assert ours.read(0, 0) == ours.read(0, 0) == 0
    assert len(bridge.asked) == 2


def test_two_stores_share_nothing() -> None:
    """Catches chunks of one store that are found for another with equal keys."""
    ours, other = (bound(LAYOUTS["zstd"], Bridge()) for _ in range(2))
    ours.write_all(VALUES)
    other.write_all(VALUES + 100)
    assert [int(each.read(3, 3)) for each in (ours, other, ours, other)] == [19, 119, 19, 119]
