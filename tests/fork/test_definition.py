"""The guard of a definition trips when the meaning of the definition may have changed."""

from __future__ import annotations

import ast

import pytest

from fork.definition import Defined, bound_on_self, is_private, statements
from fork.syntax import bound_names
from tests.fork.uses_cases import TEXT, UPSTREAM, uses

THING = "zarr.core.things.Thing"


def _changed(old: str, new: str, path: str = "core/things.py") -> set[str]:
    """The uses in `TEXT` whose guards trip after this change of the tiny upstream."""
    assert UPSTREAM[path].count(old) == 1
    before, after = uses(TEXT), uses(TEXT, {path: UPSTREAM[path].replace(old, new)})
    assert before.keys() == after.keys()
    guards = {n: (before[n].defined, after[n].defined) for n in before if before[n].guarded}
    return {n for n, (a, b) in guards.items() if a and b and a.guard != b.guard}


@pytest.mark.parametrize(
    ("change", "tripped"),
    [
        (("return size + 1", "return size + 2"), "zarr.core.things.grow"),
        (("def grow(size)", "def grow(size, by=1)"), "zarr.core.things.grow"),
        (("class Thing(base.Base)", "class Thing(base.Base, dict)"), THING),
        (("size: int = 1", "size: int = 2"), THING),
        (("return self.size\n", "return 1\n"), THING),
        (('{"size": self.size}', '{"length": self.size}'), f"{THING}.to_dict"),
        (("return self._path", "return 'a'", "core/base.py"), f"{THING}.resolve"),
        (('"_frozen", True', '"_frozen", False'), f"{THING}._frozen"),
    ],
)
def test_a_change_of_a_definition_trips_its_guard_alone(
    change: tuple[str, ...], tripped: str
) -> None:
    """Catches a changed definition whose guard does not trip, or a guard that any change of the
    class trips.
    """
    assert _changed(*change) == {tripped}


@pytest.mark.parametrize(
    "change",
    [
        ("A thing.", "One thing."),
        ("As a dict.", "As another dict."),
        ("# how it grows", "# why it grows"),
        ("        return None", "        return 1"),
        ("return LIMIT", "return 4"),
        ("return 1", "return 2", "core/base.py"),
        ("class Open: ...", "class Open(dict): ...", "abc.py"),
    ],
)
def test_what_no_use_relies_on_trips_nothing(change: tuple[str, ...]) -> None:
    """Catches guards so broad that every release trips them, until nobody reads the reports."""
    assert _changed(*change) == set()


@pytest.mark.parametrize(
    ("word", "private"),
    [("a", False), ("_a", True), ("__a", True), ("__a__", False), ("_a__", False), ("_", True)],
)
def test_a_private_word_begins_with_an_underscore_that_is_not_pythons(
    word: str, private: bool
) -> None:
    """Catches a guard for `__len__` in every class that defines it, or none for a mangled name."""
    assert is_private(word) is private


def test_the_statements_of_branches_belong_to_the_scope_and_those_of_functions_do_not() -> None:
    """Catches a name that is not found because upstream defines it only for one platform or for
    type checkers.
    """
    text = """\
a = 1
if a:
    b = 1
    if b: c = 1
elif a:
    d = 1
else:
    e = 1
try:
    f = 1
except OSError:
    g = 1
else:
    h = 1
finally:
    i = 1
with a:
    j = 1
def k(): x = 1
class L: y = 1
"""
    assert bound_names(list(statements(ast.parse(text).body))) == set("abcdefghijkL")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("self.a = 1", ["a"]),
        ("self.a = x = self.b = 1", ["a", "b"]),
        ("self.a, (self.b, *self.c) = 1", ["a", "b", "c"]),
        ("self.a: int", ["a"]),
        ("self.a += 1", ["a"]),
        ("object.__setattr__(self, 'a', 1)", ["a"]),
        ("object.__setattr__(other, 'a', 1)", []),
        ("object.__setattr__(self, name, 1)", []),
        ("other.a = self.b", []),
        ("self.a.b = 1", []),
        ("self.a[0] = 1", []),
        ("print(self.a)", []),
    ],
)
def test_the_attributes_that_a_statement_binds_on_self(text: str, words: list[str]) -> None:
    """Catches an attribute of another object that counts as one of the class."""
    assert sorted(bound_on_self(ast.parse(text).body[0])) == words


def test_an_attribute_is_defined_wherever_the_class_binds_it() -> None:
    """Catches a guard that covers the first of two definitions, and ignores changes of the
    second.
    """
    text = """\
class A:
    a: int
    def __init__(self):
        self.a = 1
        def inner(): self.b = 2
    @property
    def c(self): return self.d
    if True:
        def e(self): ...
"""
    found = Defined("zarr.x", "A", tuple(ast.parse(text).body))
    assert found.methods == ["__init__", "c", "e"]
    lines = {word: [n.lineno for n in own.nodes] for word in "abce" if (own := found.own(word))}
    assert lines == {"a": [2, 4], "b": [5], "c": [7], "e": [9]}
    assert found.own("d") is None
    own = found.own("a")
    assert own is not None
    assert (own.module, own.name, own.scope, own.methods) == ("zarr.x", "A.a", None, [])
