"""The guide to engines says what the engines themselves say."""

from __future__ import annotations

import re
from dataclasses import fields

from tests.docs.engine_table import BEGIN, END, PAGE, table
from zarr import crud


def test_the_table_is_what_the_engines_answer() -> None:
    """A typed table goes stale; `python -m tests.docs.engine_table` makes it anew."""
    assert PAGE.read_text().partition(BEGIN)[2].partition(END)[0] == table()


def test_every_option_of_arrays_is_listed() -> None:
    """An option that nobody finds."""
    section = PAGE.read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = section.partition("array.engine_options.<option>")[2].partition("\n\n")[0]
    named = re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)
    assert sorted(named) == sorted(field.name for field in fields(crud.Options))
