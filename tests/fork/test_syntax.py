"""Upstream source as syntax: names, definitions, lines and fingerprints."""

from __future__ import annotations

import ast

import pytest

from fork import ForkError
from fork.syntax import Source, bound_names, dump, fingerprint, names_of
from tests.fork.conftest import refusal

TEXT = """\
from typing import overload

LIST = [1]

@overload
def f(a: int) -> int: ...
@typing.overload
def f(a: str) -> str: ...
def f(a): return a

class A:
    class B:
        async def f(self): ...
    f = 1

class C: ...
class C: ...
"""


@pytest.mark.parametrize(
    ("name", "line"), [("LIST", 3), ("f", 9), ("A", 11), ("A.B", 12), ("A.B.f", 13), ("A.f", 14)]
)
def test_a_definition_is_found_by_its_qualified_name(name: str, line: int) -> None:
    """Catches a seam at an overload, or at a definition of the same name in another scope."""
    assert Source("a.py", TEXT.encode()).find(name).lineno == line


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("g", "is not there"),
        ("A.g", "is not there"),
        ("LIST.x", "is not there"),
        ("C", "is there 2 times"),
        ("C.x", "is there 2 times"),
        ("", "is not there"),
        ("overload", "is not there"),
    ],
)
def test_what_is_no_single_definition_is_refused(name: str, state: str) -> None:
    """Catches a choice of the first of two definitions, only because it comes first."""
    with pytest.raises(ForkError, match=f"`{name}` {state}") as error:
        Source("a.py", TEXT.encode()).find(name)
    assert refusal(error).startswith("a.py: ")


@pytest.mark.parametrize(
    ("line", "starts", "ends"),
    [
        ("x = 1", True, True),
        ("x = 1 ;", True, False),
        ("x = 1  # ; y = 2", True, True),
        ("y = 2; x = 1", False, True),
        ("x = 1; y = 2", True, False),
    ],
)
def test_a_line_of_its_own_is_recognized(line: str, starts: bool, ends: bool) -> None:
    """Catches text that is inserted in front of other code on the same line."""
    source = Source("a.py", f"if é:\n    {line}\n".encode())
    node = next(
        n for n in ast.walk(source.module) if isinstance(n, ast.Assign) and "x" in names_of(n)
    )
    assert source.starts_line(node) == (b"    " if starts else None)
    assert source.ends_line(node) is ends


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(): g = 1", {"f"}),
        ("async def f(): ...", {"f"}),
        ("class A: b = 1", {"A"}),
        ("import a.b, c.d as e", {"a", "e"}),
        ("from a import b, c as d", {"b", "d"}),
        ("a = b.c = d[0] = 1", {"a"}),
        ("a: int", {"a"}),
        ("a.b: int = 1", set()),
        ("type A[T] = list[T]", {"A"}),
        ("a += 1", set()),
        ("print(a)", set()),
        ("", set()),
    ],
)
def test_the_names_that_a_statement_binds(text: str, names: set[str]) -> None:
    """Catches a seam that binds a name again that upstream already binds."""
    assert bound_names(ast.parse(text).body) == names


@pytest.mark.parametrize(
    ("one", "other"),
    [("f(a,b)", "f(\n  a, # why\n  b,\n)"), ("x = 'a'", 'x = "a"'), ("def f(): 1", "def f():\n 1")],
)
def test_layout_is_no_difference(one: str, other: str) -> None:
    """Catches a guard that trips because upstream has run its formatter."""
    assert dump(ast.parse(one)) == dump(ast.parse(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = '1'"),
        ("x = 1", "x = True"),
        ("x = None", "x = 0"),
        ("x = 0", "x = False"),
        ("f(a, b)", "f(b, a)"),
        ("f()", "f"),
        ("x = ()", "x = []"),
        ("{**a}", "{a: a}"),
        ("def f(*, a, b=1): ...", "def f(*, a=1, b): ..."),
    ],
)
def test_a_difference_in_meaning_is_one_in_the_fingerprint(one: str, other: str) -> None:
    """Catches a guard that does not trip, because two values print alike or an empty field hides
    one.
    """
    assert fingerprint(ast.parse(one)) != fingerprint(ast.parse(other))


def test_parts_of_a_fingerprint_do_not_run_together() -> None:
    """Catches equal fingerprints for lists of names with the same letters, or in another order."""
    assert len({fingerprint(*p) for p in (("ab", "c"), ("a", "bc"), ("c", "ab"), ("abc",))}) == 4
    assert len(fingerprint()) == 12
