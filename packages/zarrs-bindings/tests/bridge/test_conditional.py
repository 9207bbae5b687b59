"""Chunks of a Python store that are replaced only if they have not changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import LITTLE, Bound, Bridge, document, ramp, sharding


class Writer:
    """Replaces values of a dict, except those that another writer changes first."""

    def __init__(self, bridge: Conditional) -> None:
        self.bridge = bridge

    def get(self, keys: list[str]) -> tuple[list[memoryview | None], list[bool]]:
        self.bridge.calls.append(("get", *keys))
        values = [self.bridge.get(key, None, None) for key in keys]
        return values, [key in self.bridge.landed for key in keys]

    def put(self, items: list[tuple[str, bytes | None]]) -> list[bool]:
        self.bridge.calls.append(("put", *(key for key, _ in items)))
        lost = []
        for key, value in items:
            theirs = self.bridge.theirs.pop(key, None)
            lost.append(theirs is not None)
            if theirs is not None:
                self.bridge.values[key] = theirs
            elif value is not None:
                self.bridge.values[key] = bytes(value)
            else:
                self.bridge.values.pop(key, None)
        return lost

    def pause(self) -> None:
        self.bridge.calls.append(("pause",))


class Conditional(Bridge):
    """A store in which other writers are faster, once for each key in `theirs`."""

    def __init__(self) -> None:
        super().__init__()
        self.theirs: dict[str, bytes] = {}
        self.landed: set[str] = set()
        self.calls: list[tuple[str, ...]] = []
        self.lockings: list[str] = []

    def conditional(self, locking: str) -> Writer:
        self.lockings.append(locking)
        return Writer(self)


def made(bridge: Conditional, text: str | None = None, **options: Any) -> Bound:
    store = zb.PythonStore(bridge, has_conditions=True)
    return Bound(text or document(), store, options=zb.Options(**options))


def test_a_chunk_in_conflict_is_read_changed_and_put_again() -> None:
    """Catches elements of another writer that are lost, and chunks that are sent twice."""
    bridge = Conditional()
    ours = made(bridge)
    ours.write_all(ramp((7, 5)))
    other = Conditional()
    other.values = dict(bridge.values)
    made(other).write(np.full((1, 1), 99, "i4"), (0, 1, 1), (0, 1, 1))
    bridge.theirs["c/0/0"] = other.values["c/0/0"]
    bridge.calls.clear()
    ours.write(np.full((1, 4), 7, "i4"), (1, 1, 1), (0, 1, 4))
    keys = ("c/0/0", "c/0/1")
    assert bridge.calls == [
        ("get", *keys), ("put", *keys), ("pause",), ("get", "c/0/0"), ("put", "c/0/0"),
    ]  # fmt: skip
    expected = ramp((7, 5))
    expected[1, :4], expected[0, 0] = 7, 99
    np.testing.assert_array_equal(ours.read_all(), expected)


def test_what_was_sent_and_is_stored_is_done() -> None:
    """Catches a put that is repeated because its answer was lost."""
    bridge = Conditional()
    ours = made(bridge)
    bridge.landed.add("c/0/0")
    ours.write(np.full((1, 1), 7, "i4"), (1, 1, 1), (0, 1, 1))
    assert bridge.calls == [("get", "c/0/0")]


def test_whole_chunks_are_put_without_being_read() -> None:
    """Catches a request for a value of which nothing is kept."""
    bridge = Conditional()
    made(bridge).write_all(ramp((7, 5)))
    assert [call[0] for call in bridge.calls] == ["put"]
    made(bridge).write_all(np.zeros((7, 5), "i4"))
    assert [call[0] for call in bridge.calls] == ["put", "put"]
    assert bridge.values == {}


@pytest.mark.parametrize("sharded", [False, True])
def test_a_chunk_that_becomes_empty_is_replaced_and_not_deleted(*, sharded: bool) -> None:
    """Catches a deletion, which has no condition; and an absent chunk that is stored."""
    codecs: tuple[Any, ...] = (sharding((2, 2)),) if sharded else (LITTLE,)
    text = document((8, 8), (4, 4), codecs=codecs)
    bridge = Conditional()
    ours = made(bridge, text)
    zero = np.zeros((1, 1), "i4")
    ours.write(zero, (0, 1, 1), (0, 1, 1))
    assert bridge.values == {}
    ours.write(np.ones((1, 1), "i4"), (0, 1, 1), (0, 1, 1))
    ours.write(zero, (0, 1, 1), (0, 1, 1))
    assert list(bridge.values) == ["c/0/0"]
    np.testing.assert_array_equal(ours.read_all(), np.zeros((8, 8), "i4"))
    if sharded:
        # Nothing but the index: 4 subchunks of 16 bytes, and a checksum.
        assert len(bridge.values["c/0/0"]) == 68


def test_the_option_says_whether_there_must_be_a_condition() -> None:
    """Catches an option that is ignored, and a writer for a store that has none."""
    bridge = Conditional()
    one = np.ones((1, 1), "i4")
    for locking in ("auto", "conditional", "threads"):
        made(bridge, locking=locking).write(one, (0, 1, 1), (0, 1, 1))
    assert bridge.lockings == ["auto", "conditional"]
    without = Bound(document(), zb.PythonStore(bridge), options=zb.Options(locking="conditional"))
    with pytest.raises(RuntimeError, match=r"unsupported: .* with conditional puts"):
        without.write_all(ramp((7, 5)))


def test_an_answer_of_the_wrong_length_is_an_error() -> None:
    """Catches chunks that count as written because the store said nothing about them."""
    bridge = Conditional()

    class Silent(Writer):
        def put(self, items: list[tuple[str, bytes | None]]) -> list[bool]:
            super().put(items)
            return []

    bridge.conditional = lambda locking: Silent(bridge)  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="was asked for 9 values and gave 0"):
        made(bridge).write_all(ramp((7, 5)))
