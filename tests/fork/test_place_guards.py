"""A guard trips when upstream changes what its seam relies on, and only then."""

from __future__ import annotations

import pytest

from fork import ForkError
from fork.weave import weave
from tests.fork.cases import PATH, SEAMS
from tests.fork.conftest import THINGS, refusal

CHANGES = {
    "import": ("import numpy as np", "import numpy"),
    "decorator of a class": ("class Thing:", "class Thing(dict):"),
    "outermost decorator": ("@np.vectorize", "@np.frompyfunc"),
    "decorator of what has overloads": ("def reopen(path):", "def reopen(path, mode):"),
    "field behind the leading run": ("    colour: str\n\n", "    colour: bytes\n\n"),
    "parameter, comment kept in place": ("        size: int,\n", "        size: float,\n"),
    "last statement": ("self.size = size", "self.size = size + 1"),
    "dict item": ('"size": self.size', '"length": self.size'),
    "list item": ('    "LIMIT",\n', '    "BOUND",\n'),
    "first statement, behind the docstring": ("size = size + by", "size += by"),
    "first statement, no docstring": ("return len(path)", "return 7"),
    "docstring entry between entries": ("colour : str\n", "paint : str\n"),
    "docstring entry behind the last": ("size : int\n", "length : int\n"),
}


@pytest.mark.parametrize("name", SEAMS)
def test_a_change_of_what_a_seam_relies_on_trips_its_guard(name: str) -> None:
    """Catches a seam that still applies to code whose meaning has changed."""
    seam, _ = SEAMS[name]
    old, new = CHANGES[name]
    assert THINGS.count(old) == 1
    with pytest.raises(ForkError, match="upstream has changed what it relies on") as error:
        weave(PATH, THINGS.replace(old, new).encode(), [seam])
    assert str(seam) in refusal(error)


@pytest.mark.parametrize("name", SEAMS)
def test_an_edit_elsewhere_in_the_same_class_trips_no_guard(name: str) -> None:
    """Catches a guard so broad that every upstream release trips it."""
    seam, _ = SEAMS[name]
    quiet = THINGS.replace("limit: int = 4", "limit: int = 5\n\n    def more(self): ...")
    quiet = quiet.replace("LIMIT = 3", "LIMIT = 3  # at least").replace("A thing.", "One thing.")
    weave(PATH, quiet.encode(), [seam])
