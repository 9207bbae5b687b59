"""What all peers share: the regions of chunks, refusals, and the comparison of results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bench.peer import RefusedError, Refusing, chunk_region, refuse_steps, same

EXPECTED = np.array([[1, 2, 3]], "u2")


@pytest.mark.parametrize(
    ("found", "is_same"),
    [
        (EXPECTED, True),
        (EXPECTED[0], True),
        (EXPECTED.T, True),
        (EXPECTED + np.uint16(1), False),
        (EXPECTED[:, :2], False),
        (EXPECTED.astype("u4"), False),
        (EXPECTED.astype(">u2"), False),
        (EXPECTED.tolist(), False),
        (EXPECTED[:0], False),
        (np.tile(EXPECTED, (2, 1)), False),
    ],
)
def test_a_result_is_compared_by_element_and_type(found: Any, is_same: bool) -> None:
    """Catches a broadcast, converted or truncated result that counts as right."""
    assert same(found, EXPECTED) is is_same


def test_a_scalar_is_the_result_of_one_element() -> None:
    """Catches a peer that is rejected because it returns scalars, or an integer that passes for a
    scalar.
    """
    assert same(np.uint16(3), np.asarray(np.uint16(3)))
    assert same(np.array([[3]], "u2"), np.asarray(np.uint16(3)))
    assert not same(3, np.asarray(np.uint16(3)))


@pytest.mark.parametrize(
    ("index", "chunk", "region"),
    [((2, 0), (3, 2), (slice(6, 9), slice(0, 2))), ((), (), ()), ((1,), (1,), (slice(1, 2),))],
)
def test_a_chunk_covers_its_region(
    index: tuple[int, ...], chunk: tuple[int, ...], region: tuple[slice, ...]
) -> None:
    """Catches peers without a verb for chunks that read a different chunk from the rest."""
    assert chunk_region(index, chunk) == region


def test_an_index_of_another_rank_is_an_error() -> None:
    """Catches a region that is cut to the shorter of index and chunk shape."""
    with pytest.raises(ValueError, match="longer"):
        chunk_region((1,), (3, 2))


@pytest.mark.parametrize("step", [2, -1])
def test_steps_are_refused_and_plain_slices_are_not(step: int) -> None:
    """Catches a peer that is timed for work that it hands on, or not timed for its own."""
    refuse_steps((3, slice(1, 4), slice(None, None, 1), slice(None)))
    with pytest.raises(RefusedError, match="does not serve steps"):
        refuse_steps((3, slice(None, None, step)))


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("read", ((0,),)),
        ("read_again", ((0,),)),
        ("read_into", ((0,), EXPECTED)),
        ("read_rows", ([],)),
        ("read_points", ([],)),
        ("write", ((0,), EXPECTED)),
        ("append", (EXPECTED,)),
    ],
)
def test_work_that_a_peer_has_no_way_to_do_is_refused(verb: str, arguments: Any) -> None:
    """Catches a write that does nothing and is the fastest of all."""
    with pytest.raises(RefusedError, match="it does not"):
        getattr(Refusing(), verb)(*arguments)
