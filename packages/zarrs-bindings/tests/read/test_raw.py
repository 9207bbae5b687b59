"""Files whose bytes are elements: how many bytes are read, in how many calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import (
    LITTLE,
    Axis,
    Bound,
    document,
    done,
    local,
    positions,
    ramp,
    sharding,
)

SHAPE = (6, 50, 4000)
ROW = 4 * SHAPE[2]
VALUES = ramp(SHAPE)


def span(start: int, stop: int, step: int = 1) -> tuple[int, int, int]:
    return start, step, len(range(start, stop, step))


ALL = span(0, 50)
# Selections, with the maximum number of bytes and calls for each.
CASES: dict[str, tuple[tuple[Axis, Axis, Axis], int, int]] = {
    "everything": ((span(0, 6), ALL, span(0, 4000)), VALUES.nbytes, 1),
    "an element": ((5, 49, 3999), 4, 1),
    "a run": ((2, span(3, 9), span(0, 4000)), 6 * ROW, 1),
    "a part of a row": ((2, 3, span(7, 900)), 4 * 893, 1),
    "rows backwards": ((2, span(0, 50, 7), span(3999, -1, -1)), 8 * ROW, 8),
    "columns of a row": ((2, 3, span(0, 4000, 3)), ROW, 1),
    "far elements": ((span(0, 6), 7, 9), 6 * 4, 6),
    "rows of a list": ((1, positions(40, 2, 2, 11), span(0, 4000)), 3 * ROW, 3),
    "neighbours of a list": ((1, positions(3, 2, 2, 4), span(5, 4000)), 3 * ROW, 3),
    "near elements of a list": ((1, 1, positions(900, 20, 20, 500)), 4 * 881, 1),
    "corners": ((span(0, 6, 5), span(0, 50, 49), span(0, 4000, 3999)), 8 * 4, 8),
    "nothing": ((span(0, 0), ALL, 5), 0, 0),
}


@pytest.fixture(scope="module", params=["chunk", "subchunk"])
def raw(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bound:
    """The values in one chunk, or in a subchunk, which follows the index of its shard.

    They are read on the calling thread.
    """
    codec = LITTLE if request.param == "chunk" else sharding(SHAPE, location="start")
    made = local(
        tmp_path_factory.mktemp("raw"), document(SHAPE, SHAPE, codecs=(codec,)), concurrency=1
    )
    made.write_all(VALUES)
    return made


def listed(axis: Axis) -> Any:
    if isinstance(axis, tuple):
        return axis[0] + axis[1] * np.arange(axis[2])
    return np.atleast_1d(axis)


def calls() -> int:
    """Number of read calls that this thread has made."""
    lines = Path("/proc/thread-self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["syscr"])


@pytest.mark.parametrize("name", CASES)
def test_elements_are_read_in_few_bytes_and_calls(raw: Bound, name: str) -> None:
    """Catches pieces at wrong offsets, unwanted bytes, and a call for each element."""
    selection, most_bytes, most_calls = CASES[name]
    if "sharding" in raw.text:
        # The index.
        most_bytes, most_calls = most_bytes + 20, most_calls + 1
    before = calls()
    own = calls() - before
    before = calls()
    work = done(lambda: raw.read(*selection))
    assert calls() - before - own <= most_calls
    assert work["bytes_read"] <= most_bytes
    expected = VALUES[np.ix_(*(listed(axis) for axis in selection))]
    np.testing.assert_array_equal(raw.read(*selection).ravel(), expected.ravel())


@pytest.mark.parametrize("name", CASES)
def test_pieces_reach_an_array_of_any_strides(raw: Bound, name: str) -> None:
    """Catches bytes that are read into an array as if it were contiguous, or outside it."""
    selection = CASES[name][0]
    shape = raw.read(*selection).shape
    room = np.full((*shape[::-1], 3), -1, "i4")
    out = room[..., 1].T
    assert raw.read(*selection, out=out) is out
    np.testing.assert_array_equal(out, raw.read(*selection))
    assert (room[..., ::2] == -1).all()


def test_many_unsorted_points_are_read_at_once(tmp_path: Path) -> None:
    """Catches a call for each point if one call for the whole chunk is cheaper."""
    ours = local(tmp_path, document((300, 300), (300, 300)), concurrency=1)
    ours.write_all(ramp((300, 300)))
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 300, 5000), rng.integers(0, 300, 5000)
    before = calls()
    found = ours.read_points(zb.Points((rows, columns), (5000,)))
    assert calls() - before < 10
    np.testing.assert_array_equal(found, ramp((300, 300))[rows, columns])
