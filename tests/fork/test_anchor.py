"""The helpers that the operations share: parsed insertions, places after a node, guards."""

from __future__ import annotations

import ast

import pytest

from fork import ForkError
from fork.anchor import behaviour, behind, head, imports, one, refuse_repeat, refuse_taken
from fork.seam import Seam
from fork.syntax import Function, Source, fingerprint
from tests.fork.conftest import refusal


def seam(insert: str = "x = 1") -> Seam:
    return Seam("things.py", "first", insert, "to test", "never", "-", target="grow")


@pytest.mark.parametrize("text", ["", "x = 1; y = 2", "x = (", "x: int"])
def test_only_one_statement_of_the_kind_is_accepted(text: str) -> None:
    """Catches a second inserted statement that nobody has checked."""
    assert isinstance(one(seam(), "x = 1", ast.Assign), ast.Assign)
    with pytest.raises(ForkError, match="is not what this operation inserts") as error:
        one(seam(), text, ast.Assign, ast.Import)
    refusal(error)


def test_names_that_are_there_are_refused_sorted() -> None:
    """Catches a message that differs from run to run, or a refusal when no name is taken."""
    refuse_taken(seam(), set())
    with pytest.raises(ForkError, match="`a, b, c` is already there") as error:
        refuse_taken(seam(), {"c", "a", "b"})
    assert refusal(error).startswith(str(seam()))


def test_a_statement_is_repeated_however_it_is_laid_out() -> None:
    """Catches a seam that is applied twice unnoticed because upstream's formatter moved a line."""
    node = function("def grow():\n    x = (\n        1\n    )\n    return x\n")
    with pytest.raises(ForkError, match="`x = 1` is already there"):
        refuse_repeat(seam("y = 2\nx = 1"), node)
    refuse_repeat(seam("x = 2"), node)


@pytest.mark.parametrize(
    ("text", "line", "indent"),
    [
        ("x = 1\n", 1, b""),
        ("if y:\n    x = 1  # why\n", 2, b"    "),
        ("if y:\n\tx = [\n\t\t1,\n\t]\nz = 2\n", 4, b"\t"),
    ],
)
def test_the_place_behind_a_node_follows_its_last_line(text: str, line: int, indent: bytes) -> None:
    """Catches an insertion in the middle of a statement, or with the wrong indentation."""
    place = behind(Source("a.py", text.encode()), seam(), assigned(text), "relied on")
    assert (place.line, place.indent, place.guard) == (line, indent, fingerprint("relied on"))


@pytest.mark.parametrize("text", ["y = 2; x = 1\n", "x = 1; y = 2\n", "if y: x = 1\n"])
def test_a_node_that_shares_its_line_has_no_place_behind_it(text: str) -> None:
    """Catches an insertion after the wrong statement on a line."""
    with pytest.raises(ForkError, match="no place between two lines") as error:
        behind(Source("a.py", text.encode()), seam(), assigned(text))
    refusal(error)


@pytest.mark.parametrize(
    ("new", "changes_head", "changes_behaviour"),
    [
        ('def f(a, b=1):\n    """Other."""\n    return a', False, False),
        ("def f(a, b=1):\n    return a", False, False),
        ('def f(a, b=1):\n    """One."""\n    return b', False, True),
        ('def f(a, b=2):\n    """One."""\n    return a', True, True),
        ('@g\ndef f(a, b=1):\n    """One."""\n    return a', True, True),
        ('async def f(a, b=1):\n    """One."""\n    return a', True, True),
    ],
)
def test_a_guard_sees_what_its_operation_relies_on(
    new: str, changes_head: bool, changes_behaviour: bool
) -> None:
    """Catches a guard that trips when a docstring changes, or ignores an added `async`."""
    old, changed = function('def f(a, b=1):\n    """One."""\n    return a'), function(new)
    assert (fingerprint(*head(old)) != fingerprint(*head(changed))) is changes_head
    assert (fingerprint(*behaviour(old)) != fingerprint(*behaviour(changed))) is changes_behaviour


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import numpy as np", True),
        ("import os, numpy", True),
        ("from numpy import array", True),
        ("import numpy.random", False),
        ("from numpy.random import rng", False),
        ("from . import numpy", False),
        ("numpy = 1", False),
    ],
)
def test_an_import_of_the_module_itself_is_recognized(text: str, found: bool) -> None:
    """Catches a seam that is placed after the import of a submodule, or of another module of that
    name.
    """
    assert imports(ast.parse(text).body[0], "numpy") is found


def function(text: str) -> Function:
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return node


def assigned(text: str) -> ast.Assign:
    """The statement that assigns to `x`."""
    found = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Assign)]
    return next(n for n in found if ast.unparse(n.targets[0]) == "x")
