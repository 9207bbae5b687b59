"""The guide to engines says what the engines themselves say."""

from __future__ import annotations

from tests.docs.engine_table import BEGIN, END, PAGE, table


def test_the_table_is_what_the_engines_answer() -> None:
    """A typed table goes stale; `python -m tests.docs.engine_table` makes it anew."""
    assert PAGE.read_text().partition(BEGIN)[2].partition(END)[0] == table()
