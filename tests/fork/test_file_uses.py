"""The uses of upstream in one of our files, read from its syntax."""

from __future__ import annotations

import ast
import re

import pytest

from fork.file_uses import FileUses as Reading
from fork.file_uses import read_files as read
from tests.fork.uses_cases import upstream


def reading(text: str, file: str = "mine/part.py", **others: str) -> Reading:
    """The uses in a file, read together with other files of ours."""
    texts = {file: text} | {f"mine/{name}.py": other for name, other in others.items()}
    found = read({f: ast.parse(t) for f, t in texts.items()}, upstream(), ["zarr.mine"])
    assert [r.file for r in found] == sorted(texts)
    return next(r for r in found if r.file == file)


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        ("mine/part.py", "from ..core.things import grow", {"zarr.core.things.grow"}),
        ("mine/__init__.py", "from ..core.things import grow", {"zarr.core.things.grow"}),
        ("mine.py", "from .core.things import grow", {"zarr.core.things.grow"}),
        ("mine/part.py", "from .core.things import grow", set()),
        ("mine/part.py", "from zarr.core import things", set()),
        ("mine/part.py", "from zarr.core import things as t\nt.grow", {"zarr.core.things.grow"}),
        ("mine/part.py", "t.grow\nimport zarr.core.things as t", {"zarr.core.things.grow"}),
        ("mine/part.py", "import zarr\nzarr.mine.x, zarr.Thing", {"zarr.Thing"}),
        ("mine/part.py", "import zarrs\nzarrs.grow", set()),
        ("", "", set()),
    ],
)
def test_the_names_of_upstream_are_told_in_full(file: str, text: str, names: set[str]) -> None:
    """Catches a relative import that is resolved from the wrong folder, or a module that counts as
    a name.
    """
    assert reading(text, file or "mine/part.py").names == names


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("class A:\n    _x = 1\n    def f(self): self._x", set()),
        ("class A:\n    def f(self): self._x", {"_x"}),
        ("class A:\n    _x = 1\n    def f(self, other): other._x", {"_x"}),
        ("class A:\n    _x = 1\ndef f(self): self._x", {"_x"}),
        ("class A:\n    _x = 1\n    class B:\n        def f(self): self._x", {"_x"}),
        (
            "class A:\n    class B: _y = 1\n    _x = 1\n    @classmethod\n    def f(cls): cls._x",
            set(),
        ),
        ("class A(A):\n    def f(self): self._x", {"_x"}),
        ("class A(Other):\n    def f(self): self._x", set()),
        ("class A(Other[int]):\n    def f(self): self._x", set()),
        ("x.__len__, x._y, x.z", {"_y"}),
        ("getattr(x, '_y'), print('_z')", {"_y"}),
        ("match x:\n    case A(_y=1, z=2): ...", {"_y"}),
    ],
)
def test_a_private_attribute_is_ours_only_where_a_class_of_ours_binds_it(
    text: str, private: set[str]
) -> None:
    """Catches a private attribute of upstream that is missed because a class of ours has one of
    that name.
    """
    assert reading(text, other="class Other:\n    __slots__ = ('_x',)").private == private


def test_the_methods_of_a_class_override_those_of_its_upstream_base() -> None:
    """Catches an override of a private upstream method that goes unnoticed when its signature
    changes.
    """
    text = (
        "from zarr.core import base\nfrom zarr.core.base import Base as B\n"
        "from zarr.mine.other import Other\n"
        "class A(B):\n    def _hook(self): ...\n    _path = 1\n"
        "class C(base.Base):\n    async def resolve(self): ...\n"
        "class D(Other, A):\n    def _own(self): ...\n"
    )
    base = "zarr.core.base.Base"
    assert reading(text).overridden == {(base, "_hook"), (base, "_path"), (base, "resolve")}


def test_a_method_is_replaced_if_it_is_told_and_its_class_is_decorated() -> None:
    """Catches a replaced method in a file that decorates another class, or matched by part of a
    longer name.
    """
    found = Reading("a.py", set(), set(), set(), set(), {"zarr.A"}, [re.compile(r"get_\w+")])
    assert found.replaces("zarr.A", "get_x")
    assert not found.replaces("zarr.B", "get_x")
    assert not found.replaces("zarr.A", "forget_x")
    assert not found.replaces("zarr.A", "get_x.y")
