"""Selections as text mean what they mean in Python."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr.crud._cli.failures import UsageError
from zarr.crud._cli.selections import parsed

BOUND = st.none() | st.integers(-9, 9)
STEP = st.none() | st.integers(-3, 3).filter(bool)
ITEM = st.integers(-5, 4) | st.builds(slice, BOUND, BOUND, STEP)


def as_text(item: Any) -> str:
    """An item as a person writes it."""
    if isinstance(item, int):
        return str(item)
    bounds = ["" if bound is None else str(bound) for bound in (item.start, item.stop, item.step)]
    return ":".join(bounds if bounds[2] else bounds[:2])


@given(st.lists(ITEM, max_size=2), st.booleans(), st.sampled_from([",", ", ", " , "]))
def test_a_text_selects_what_python_selects(items: list[Any], dots: bool, comma: str) -> None:
    """Catches a bound, a step or an axis that is lost."""
    written = [as_text(item) for item in items] + ["..."] * dots
    array = np.arange(25).reshape(5, 5)
    if not written:
        return
    found = parsed(comma.join(written))
    assert found.kind == "basic"
    assert np.array_equal(array[found.selection], array[(*items, *[...] * dots)])


def test_lists_are_orthogonal() -> None:
    """Catches a list that is taken for slices."""
    assert parsed("[1, -2],::2") == (([1, -2], slice(None, None, 2)), "orthogonal")
    assert parsed("[0:2,5:], ...")[0] == ([slice(0, 2), slice(5, None)], ...)
    assert parsed("[0:2]")[0] == ([slice(0, 2)],)


@pytest.mark.parametrize("text", ["[1:3,::2]", " [1:3, ::2, 0:1] "])
def test_brackets_around_all_slices_are_refused(text: str) -> None:
    """Catches slices of two axes that are taken for two slices of the first one."""
    with pytest.raises(UsageError, match=re.escape(f"write '{text.strip()[1:-1]}' for one slice")):
        parsed(text)


@pytest.mark.parametrize(
    "text", ["", " ", ",", "a", "1 2", "[[1]]", "1:2:3:4", "1..2", "::0", "[]x"]
)
def test_all_else_is_refused(text: str) -> None:
    """Catches a typo that selects something."""
    with pytest.raises(UsageError):
        parsed(text)
