"""Text is escaped where it could control a terminal, and only there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zarr.crud._cli.escaping import escaped, one_line


@given(st.text())
def test_what_is_printed_is_printable(text: str) -> None:
    """Catches a control character of any kind."""
    assert escaped(text).isprintable()
    assert one_line(text).isprintable()


@given(st.text())
def test_what_is_printable_is_unchanged(text: str) -> None:
    """Catches a letter that is escaped without need."""
    if text.isprintable():
        assert escaped(text) == text


def test_half_a_surrogate_pair_is_escaped() -> None:
    """Catches a name that no encoding has."""
    assert escaped("a\udcff") == "a\\udcff"
