"""The entries of a NumPy docstring end where the next entry or section begins."""

from __future__ import annotations

import pytest

from fork.docstring import entries

DOCSTRINGS = {
    "of one line": ('"""A."""', {}),
    "without the section": ('"""A.\n\nReturns\n-------\nint\n"""', {}),
    "that names the section in prose": ('"""A.\n\nParameters\nare none.\n"""', {}),
    "with an empty section": ('"""A.\n\nParameters\n----------\n"""', {}),
    "with one entry": ('"""A.\n\nParameters\n----------\na : int\n    A.\n"""', {"a": 6}),
    "with blank lines in an entry": (
        '"""A.\n\nParameters\n----------\na : int\n    A.\n\n    B: c.\n\nb\n"""',
        {"a": 8, "b": 10},
    ),
    "with another section behind": (
        "'''A.\n\nParameters\n----------\na : int\n\nReturns\n-------\nb : int\n'''",
        {"a": 5},
    ),
    "with several names in an entry": (
        '"""A.\n\nParameters\n----------\na, b : int\n*args\n    All: of them.\n"""',
        {"a, b": 5, "*args": 7},
    ),
}


@pytest.mark.parametrize("name", DOCSTRINGS)
@pytest.mark.parametrize("indent", ["", "    "])
def test_each_entry_ends_behind_its_last_text(name: str, indent: str) -> None:
    """Catches a new entry that is inserted into another entry, or into the next section."""
    text, expected = DOCSTRINGS[name]
    lines = "".join(f"{indent}{line}".rstrip(" ") + "\n" for line in text.split("\n"))
    found, ends = entries(lines.encode().splitlines(keepends=True))
    assert ends == expected
    assert list(ends) == list(expected)
    if expected:
        assert found == indent.encode()
