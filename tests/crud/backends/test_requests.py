"""Notes that say which of many requests an exception is about."""

from __future__ import annotations

import pytest

from zarr.crud.backends import concerning
from zarr.crud.backends.requests import naming


def test_an_exception_is_noted_and_stays_the_same() -> None:
    """Catches an exception that is replaced, or chained to itself."""
    failure = KeyError("a")
    with pytest.raises(KeyError) as caught, concerning(7):
        raise failure
    assert caught.value is failure
    assert failure.__notes__ == ["in request 7"]
    assert failure.__cause__ is None
    assert failure.__context__ is None


def test_an_interrupt_is_about_no_request() -> None:
    """Catches a note on Ctrl-C, which has nothing to do with the request."""
    with pytest.raises(KeyboardInterrupt) as caught, concerning(7):
        raise KeyboardInterrupt
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("in request 1", "in region b"),
        ("in requests 0, 2, …", "in one of the regions a, c, …"),
        ("in request 1 of others", "in request 1 of others"),
    ],
)
def test_a_note_names_regions_instead_of_numbers(before: str, after: str) -> None:
    """Catches numbers that a caller who gave no requests does not know."""
    failure = KeyError("a")
    failure.add_note("in request 0")
    failure.add_note(before)
    with pytest.raises(KeyError) as caught, naming("abc", str):
        raise failure
    assert caught.value is failure
    first = "in request 0" if after != before else "in region a"
    assert failure.__notes__ == [first, after]


def test_an_exception_without_a_note_gets_none() -> None:
    """Catches an error of its own for an exception that is about no request."""
    with pytest.raises(KeyError) as caught, naming("abc", str):
        raise KeyError
    assert not hasattr(caught.value, "__notes__")
