"""A tiny upstream with re-exports and private attributes, and texts that do or do not use it."""

from __future__ import annotations

import ast

from fork.file_uses import read_files
from fork.names import Modules
from fork.uses import Use, find_uses

UPSTREAM = {
    "__init__.py": "from zarr.core.things import Thing\n",
    "abc.py": "class Open: ...\n",
    "core/__init__.py": "from .things import Thing as Part, grow\n",
    "core/base.py": """\
class Base:
    def __init__(self, path):
        self._path = path

    def resolve(self):
        return self._path

    def _hook(self):
        return 1
""",
    "core/things.py": """\
from typing import TYPE_CHECKING

from zarr.core import base

if TYPE_CHECKING:
    type Sizes = tuple[int, ...]
else:
    Sizes = tuple

LIMIT = 3


class Thing(base.Base):
    \"\"\"A thing.\"\"\"

    size: int = 1
    _count: int = 0

    def __len__(self):
        return self.size

    def to_dict(self):
        \"\"\"As a dict.\"\"\"
        return {"size": self.size}

    def from_dict(self):
        return None

    def freeze(self):
        object.__setattr__(self, "_frozen", True)
        self._low, (self._high, _) = 0, (1, 2)


def grow(size):
    # how it grows
    return size + 1


def _secret():
    return LIMIT
""",
}

OURS = "mine/part.py"
TEXT = """\
from zarr.abc import Open
from zarr.core.things import Thing, grow

def act(thing: Thing):
    return thing.to_dict(), thing.resolve(), thing._count, thing._frozen
"""


def upstream(changes: dict[str, str] | None = None) -> Modules:
    """The tiny upstream, with some of its files changed."""
    return Modules({path: text.encode() for path, text in (UPSTREAM | (changes or {})).items()})


def uses(text: str, changes: dict[str, str] | None = None) -> dict[str, Use]:
    """The uses in the text, read as a module of ours."""
    known = upstream(changes)
    files = read_files({OURS: ast.parse(text)}, known, ["zarr.mine"])
    return {use.name: use for use in find_uses(files, known)}


USED = {
    "an import": ("from zarr.core.things import grow", {"zarr.core.things.grow"}),
    "an import by another name": (
        "from zarr.core.things import grow as enlarge",
        {"zarr.core.things.grow"},
    ),
    "a public name": ("from zarr.abc import Open", {"zarr.abc.Open"}),
    "a re-export": ("from zarr.core import grow", {"zarr.core.grow"}),
    "a relative import": ("from ..core.things import grow", {"zarr.core.things.grow"}),
    "an import in a function": (
        "def act():\n    from zarr.core.things import LIMIT\n    return LIMIT",
        {"zarr.core.things.LIMIT"},
    ),
    "an import for type checkers": (
        "if TYPE_CHECKING:\n    from zarr.core.things import Sizes",
        {"zarr.core.things.Sizes"},
    ),
    "a name of a module with alias": (
        "import zarr.core.things as t\nt.grow(1)",
        {"zarr.core.things.grow"},
    ),
    "a name of a module in full": (
        "import zarr.core.things\nzarr.core.things._secret()",
        {"zarr.core.things._secret"},
    ),
    "a name of a module from its package": (
        "from zarr.core import things\nthings.grow(things.LIMIT)",
        {"zarr.core.things.grow", "zarr.core.things.LIMIT"},
    ),
    "a name in getattr": (
        "from zarr.core import things\ngetattr(things, 'grow', None)",
        {"zarr.core.things.grow"},
    ),
    "a name that upstream lacks": ("from zarr.core.things import gone", {"zarr.core.things.gone"}),
    "a method of an imported class": (
        "from zarr.core.things import Thing\ndef act(x: Thing):\n    return x.to_dict()",
        {"zarr.core.things.Thing", "zarr.core.things.Thing.to_dict"},
    ),
    "an inherited method": (
        "from zarr.core.things import Thing\nThing.resolve",
        {"zarr.core.things.Thing", "zarr.core.things.Thing.resolve"},
    ),
    "a method that is wrapped": (
        "from zarr.core.things import Thing\nwrap(Thing, 'to_dict', print)",
        {"zarr.core.things.Thing", "zarr.core.things.Thing.to_dict"},
    ),
    "a private attribute": ("def act(x):\n    return x._count", {"zarr.core.things.Thing._count"}),
    "a private attribute of a parent": ("print(x()._path)", {"zarr.core.base.Base._path"}),
    "a private attribute of a frozen class": ("x._frozen", {"zarr.core.things.Thing._frozen"}),
    "a private attribute named by a string": (
        "object.__setattr__(x, '_count', 2)",
        {"zarr.core.things.Thing._count"},
    ),
    "a private attribute that is bound among others": ("x._high", {"zarr.core.things.Thing._high"}),
    "a private attribute in a pattern": (
        "match x:\n    case object(_low=0): ...",
        {"zarr.core.things.Thing._low"},
    ),
    "a private attribute of a function's self": (
        "def act(self):\n    return self._count",
        {"zarr.core.things.Thing._count"},
    ),
    "another object's, in a class with one of that name": (
        "class A:\n    def __init__(self, x):\n        self._count = x._count",
        {"zarr.core.things.Thing._count"},
    ),
    "an item of an attribute that a class of ours does not bind": (
        "class A:\n    def act(self):\n        self._count[0] = self._count.more = 1",
        {"zarr.core.things.Thing._count"},
    ),
    "a private method that is overridden": (
        "from zarr.core.base import Base\nclass A(Base):\n    def _hook(self): ...",
        {"zarr.core.base.Base", "zarr.core.base.Base._hook"},
    ),
}

UNUSED = {
    "an own attribute": (
        "class A:\n    def __init__(self):\n        self._count = 1\n"
        "    def act(self):\n        return self._count"
    ),
    "an own attribute of a parent": (
        "class A:\n    _count = 1\nclass B(A):\n    def act(self):\n        return self._count"
    ),
    "an own attribute that is bound among others": (
        "class A:\n    def __init__(self):\n        self._count, self.more = 1, 2\n"
        "    def act(self):\n        self._count += 1"
    ),
    "an own attribute in slots": (
        "class A:\n    __slots__ = ('_count',)\n    def act(self):\n        return self._count"
    ),
    "an own module": "from zarr.mine import other\nfrom zarr import mine\nother._thing\nmine.act()",
    "another package": "import numpy as np\nfrom numpy import array\nnp.grow(array)",
    "an unknown private attribute": "x._unknown",
    "text": "x = '_count'\ny = {'_count': 1}",
}
