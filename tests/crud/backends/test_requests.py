"""Notes that say which of many requests an exception is about."""

from __future__ import annotations

import pytest

from zarr.crud.backends import concerning


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
