"""One seam for each operation and each kind of place, in the tiny upstream."""

from __future__ import annotations

from fork import ForkError
from fork.place import locate
from fork.seam import Seam
from fork.syntax import Source
from tests.fork.conftest import THINGS

PATH = "things.py"


def seam_of(op: str, insert: str, *, target: str = "", after: str = "", guard: str = "") -> Seam:
    """A seam with the right guard for `THINGS`, unless a guard is given."""
    seam = Seam(PATH, op, insert, "to test", "never", guard, target, after)
    if guard:
        return seam
    try:
        locate(Source(PATH, THINGS.encode()), seam)
    except ForkError as error:
        right = str(error).partition('set its guard to "')[2].partition('"')[0]
        return Seam(PATH, op, insert, "to test", "never", right, target, after)
    raise AssertionError("a seam without guard was accepted")


SEAMS = {
    "import": (
        seam_of("import", "from zarr import _mine", after="numpy"),
        "import numpy as np\nfrom zarr import _mine\n\nLIMIT",
    ),
    "decorator of a class": (
        seam_of("decorator", "@mine", target="Thing"),
        "\n\n\n@mine\nclass Thing:\n",
    ),
    "outermost decorator": (
        seam_of("decorator", "@mine(1)", target="grow"),
        "\n\n\n@mine(1)\n@np.vectorize\ndef grow(",
    ),
    "decorator of what has overloads": (
        seam_of("decorator", "@mine", target="reopen"),
        "path: bytes) -> int: ...\n@mine\ndef reopen(path):\n",
    ),
    "field behind the leading run": (
        seam_of("field", "engine: str", target="Thing"),
        "    colour: str\n    engine: str\n\n    def __init__",
    ),
    "parameter, comment kept in place": (
        seam_of("parameter", 'engine: str = "zarr",', target="Thing.__init__"),
        '"red",  # the default\n        engine: str = "zarr",\n    ) -> None:',
    ),
    "last statement": (
        seam_of("last", "self.engine = engine", target="Thing.__init__"),
        "self.colour = colour\n        self.engine = engine\n\n    limit",
    ),
    "dict item": (
        seam_of("item", '"engine": self.engine,', target="Thing.to_dict"),
        'return {\n            "engine": self.engine,\n            "size"',
    ),
    "list item": (
        seam_of("item", '"mine",', target="__all__"),
        '__all__ = [\n    "mine",\n    "LIMIT",\n',
    ),
    "first statement, behind the docstring": (
        seam_of("first", "by = 2\nif by:\n    by = 3", target="grow"),
        '"""Grow."""\n    by = 2\n    if by:\n        by = 3\n    # why',
    ),
    "first statement, no docstring": (
        seam_of("first", "path = 2", target="reopen"),
        "def reopen(path):\n    path = 2\n    return",
    ),
    "docstring entry between entries": (
        seam_of("docstring", "engine : str\n    Which.", target="Thing", after="size"),
        "How big.\n    engine : str\n        Which.\n\n    colour : str",
    ),
    "docstring entry behind the last": (
        seam_of("docstring", "engine : str\n    Which.", target="Thing", after="colour"),
        "sentence: red.\n    engine : str\n        Which.\n\n    Returns",
    ),
}
