"""Many selections in one call of the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, done, everything, ramp

if TYPE_CHECKING:
    from pathlib import Path

VALUES = ramp((7, 5))
ROWS = [(0, 3), (2, 7), (5, 6), (1, 2)]


def places(ours: Bound, rows: list[tuple[int, int]] = ROWS) -> list[Any]:
    """Request some rows of an array."""
    selections: list[Any] = [((start, 1, end - start), (0, 1, 5)) for start, end in rows]
    return [
        (number, ours.text, ours.store, selection, ours.path)
        for number, selection in enumerate(selections)
    ]


def test_a_chunk_that_many_request_is_decoded_once(ours: Bound) -> None:
    """Catches a chunk that is decoded for each request."""
    one = done(lambda: ours.read_all())["chunks_decoded"]
    found: list[Any] = []
    targets: list[Any] = [(VALUES.dtype, None)] * len(ROWS)
    counts = done(lambda: found.extend(zb.read_regions(places(ours), targets, None)))
    assert counts["chunks_decoded"] == one
    assert counts["read_regions"] == 1
    for (start, end), result in zip(ROWS, found, strict=True):
        np.testing.assert_array_equal(result, VALUES[start:end])


def test_a_chunk_that_many_write_is_encoded_once(ours: Bound) -> None:
    """Catches a chunk that is replaced for each request, and an earlier value that stays."""
    one = done(lambda: ours.write_all(VALUES))["chunks_encoded"]
    values = [
        np.full((end - start, 5), number, VALUES.dtype) for number, (start, end) in enumerate(ROWS)
    ]
    counts = done(lambda: zb.write_regions(places(ours), values, None))
    assert counts["chunks_encoded"] == one
    expected = VALUES.copy()
    for (start, end), value in zip(ROWS, values, strict=True):
        expected[start:end] = value
    np.testing.assert_array_equal(ours.read_all(), expected)


def test_a_wrong_request_is_noted_before_anything_is_read(ours: Bound) -> None:
    """Catches an error without the number that the caller gave the request."""
    requests = places(ours)
    requests[2] = (41, *requests[2][1:])
    targets: list[Any] = [(VALUES.dtype, None)] * len(ROWS)
    targets[2] = (VALUES.dtype, np.zeros((2, 5), VALUES.dtype))
    with pytest.raises(RuntimeError, match="out has shape") as caught:
        zb.read_regions(requests, targets, None)
    assert caught.value.__notes__ == ["in request 41"]


def test_damage_is_noted_with_all_requests_of_the_value(ours: Bound, tmp_path: Path) -> None:
    """Catches a note with requests that do not touch the damaged value."""
    (damaged := tmp_path / ours.path / "c/0/1").write_bytes(b"x")
    assert damaged.exists()
    rows = [(0, 1), (6, 7), (2, 3)]
    targets: list[Any] = [(VALUES.dtype, None)] * len(rows)
    with pytest.raises(RuntimeError, match="c/0/1") as caught:
        zb.read_regions(places(ours, rows), targets, None)
    assert caught.value.__notes__ == ["in requests 0, 2"]


def test_no_requests_are_no_error() -> None:
    """Catches a call that expects at least one array."""
    assert zb.read_regions([], [], None) == []
    zb.write_regions([], [], None)


def test_everything_may_be_requested_twice(ours: Bound) -> None:
    """Catches a whole chunk that is decoded into one of two results only."""
    request = (0, ours.text, ours.store, everything((7, 5)), ours.path)
    targets: list[Any] = [(VALUES.dtype, None)] * 2
    for found in zb.read_regions([request, request], targets, None):
        np.testing.assert_array_equal(found, VALUES)
