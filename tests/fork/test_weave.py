"""The proof that seams only insert, and its requirements on a file."""

from __future__ import annotations

import pytest

from fork import ForkError
from fork.seam import Seam
from fork.weave import prove_insert_only, weave
from tests.fork.conftest import refusal

BEFORE = b"a = 1\nb = 2\na = 1\n"


@pytest.mark.parametrize(
    ("after", "inserted"),
    [
        (b"a = 1\nx = 0\nb = 2\na = 1\n", [b"x = 0\n"]),
        (b"x = 0\na = 1\na = 1\nb = 2\na = 1\n", [b"x = 0\n", b"a = 1\n"]),
        (BEFORE, []),
    ],
)
def test_insertions_pass_the_proof(after: bytes, inserted: list[bytes]) -> None:
    """Catches a proof so strict that no seam can pass it."""
    prove_insert_only("x.py", BEFORE, after, inserted)


@pytest.mark.parametrize(
    "after",
    [
        b"a = 1\nb = 2\nx = 0\n",
        b"b = 2\na = 1\na = 1\nx = 0\n",
        b"a = 1\nb = 3\na = 1\n",
        b"a = 1\nb = 2 \na = 1\n",
        b"a = 1\nb = 2\na = 1",
        b"a = 1\r\nb = 2\na = 1\n",
        b"",
    ],
    ids=["dropped", "reordered", "edited", "space", "no-end", "line-end", "empty"],
)
def test_anything_but_insertion_fails_the_proof(after: bytes) -> None:
    """Catches an upstream line that is lost or edited by a build that claims only to insert."""
    with pytest.raises(ForkError, match="lost upstream's line") as error:
        prove_insert_only("x.py", BEFORE, after, [b"x = 0\n"])
    refusal(error)


@pytest.mark.parametrize("inserted", [[], [b"good()\n"], [b"evil()\n"] * 2])
def test_an_insertion_that_no_seam_names_fails_the_proof(inserted: list[bytes]) -> None:
    """Catches text in the package that is in no reviewed seam."""
    with pytest.raises(ForkError, match="added other lines than those that they say") as error:
        prove_insert_only("x.py", BEFORE, BEFORE + b"evil()\n", inserted)
    refusal(error)


@pytest.mark.parametrize("source", [b"x = 1\r\n", b"x = 1"], ids=["CR", "no-newline"])
def test_a_file_whose_lines_cannot_be_counted_is_refused(source: bytes) -> None:
    """Catches an insertion that is joined to the last line, or one line off because of a CR."""
    seam = Seam("x.py", "import", "import y", "to test", "never", "-", after="x")
    with pytest.raises(ForkError, match="lines must end in LF") as error:
        weave("x.py", b"import x\n" + source, [seam])
    refusal(error)


def test_a_result_that_is_no_python_is_refused() -> None:
    """Catches a package that installs but cannot be imported: the result parses but does not
    compile.
    """
    source = b"def f(a):\n    return a\n"
    seam = Seam("x.py", "first", "nonlocal a", "to test", "never", "4bed4e940517", target="f")
    with pytest.raises(ForkError, match="no Python any more") as error:
        weave("x.py", source, [seam])
    refusal(error)
