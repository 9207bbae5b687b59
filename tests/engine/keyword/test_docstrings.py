"""The keyword `engine` in signatures and docstrings."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from zarr._engine.keyword.docstrings import shows_engine, with_entry

PARAMETERS = """Do it.

    Parameters
    ----------
    a : int
        One.
    **kwargs
        Others.

    Returns
    -------
    int
        Two.
    """

# Docstrings, and the lines around the entry for the keyword, without indentation.
DOCS: dict[str, tuple[str, str, str]] = {
    "no sections": ("Do it.", "----------", ""),
    "only a return": ("Do it.\n\n    Returns\n    -------\n    int\n    ", "----------", "Returns"),
    "keywords that are passed on": (PARAMETERS, "One.", "**kwargs"),
    "parameters": (PARAMETERS.replace("    **kwargs\n        Others.\n", ""), "One.", "Returns"),
    "a heading that is indented too far": (
        PARAMETERS.replace("    Parameters", "        Parameters"), "One.", "**kwargs"
    ),
    "parameters alone": ("Do it.\n\n    Parameters\n    ----------\n    a : int", "a : int", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCS)
def test_the_entry_is_the_last_of_the_parameters(name: str) -> None:
    """Catches an entry in another section, or after the keywords that are passed on."""
    doc, before, after = DOCS[name]
    lines = [line for line in (with_entry(doc) or "").split("\n") if line.strip()]
    starts = [n for n, line in enumerate(lines) if line.strip().startswith("engine : ")]
    assert len(starts) == 1
    assert lines[starts[0] - 1].strip() == before
    assert [line.strip() for line in lines].count("Parameters") == 1
    indent = lines[starts[0]].partition("engine")[0]
    assert indent == ("" if name == "no sections" else "    ")
    ends = (n for n in range(starts[0] + 1, len(lines)) if not lines[n].startswith(f"{indent}    "))
    end = next(ends, len(lines))
    assert end > starts[0] + 1
    assert (lines[end].strip() if end < len(lines) else "") == after


def test_nothing_of_a_docstring_is_lost() -> None:
    """Catches lines of upstream's documentation that are overwritten."""
    kept = iter((with_entry(PARAMETERS) or "").split("\n"))
    assert all(line in kept for line in PARAMETERS.split("\n"))
    assert with_entry(None) is None


def test_the_keyword_is_shown_once_and_before_variable_keywords() -> None:
    """Catches a signature that Python refuses, or a keyword that is shown twice."""

    def variable(a: int, *b: int, **rest: Any) -> None: ...

    def fixed(a: int, b: int = 3) -> None: ...

    def own(*, engine: str = "zarr", c: int = 0) -> None:
        """Do it.

        Parameters
        ----------
        engine : str or CrudBackend, optional
        """

    for function, names in (
        (variable, ["a", "b", "engine", "rest"]),
        (fixed, ["a", "b", "engine"]),
        (own, ["engine", "c"]),
    ):
        shown = shows_engine(shows_engine(function))
        assert shown is function
        parameters = inspect.signature(shown).parameters
        assert list(parameters) == names
        assert parameters["engine"].kind is inspect.Parameter.KEYWORD_ONLY
    assert inspect.signature(own).parameters["engine"].default == "zarr"
    assert (own.__doc__ or "").count("engine :") == 1
    assert variable.__doc__ is None
