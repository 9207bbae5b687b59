"""Each operation of a seam: where it inserts, and when it refuses."""

from __future__ import annotations

import pytest

from fork import ForkError
from fork.seam import Seam
from fork.weave import weave
from tests.fork.cases import PATH, SEAMS, seam_of
from tests.fork.conftest import THINGS, refusal


@pytest.fixture(params=list(SEAMS.values()), ids=list(SEAMS))
def case(request: pytest.FixtureRequest) -> tuple[Seam, str]:
    found: tuple[Seam, str] = request.param
    return found


def test_each_operation_inserts_at_its_place_and_nowhere_else(case: tuple[Seam, str]) -> None:
    """Catches an insertion that moves a comment, or that is one line off."""
    seam, expected = case
    woven, insertions = weave(PATH, THINGS.encode(), [seam])
    text = woven.decode()
    assert text.count(expected) == 1
    (insertion,) = insertions
    added = b"".join(insertion.lines).decode()
    assert text.replace(added, "", 1) == THINGS


def test_a_second_application_is_refused(case: tuple[Seam, str]) -> None:
    """Catches a tree that already has the seams and passes for upstream's."""
    seam, _ = case
    woven, _ = weave(PATH, THINGS.encode(), [seam])
    with pytest.raises(ForkError, match="already there") as error:
        weave(PATH, woven, [seam])
    assert str(seam) in refusal(error)


def test_the_same_seam_listed_twice_is_refused(case: tuple[Seam, str]) -> None:
    """Catches a copied table in a seam file that inserts its text twice."""
    seam, _ = case
    with pytest.raises(ForkError, match="listed twice") as error:
        weave(PATH, THINGS.encode(), [seam, seam])
    assert str(seam) in refusal(error)


@pytest.mark.parametrize(
    ("seam", "source"),
    [
        (seam_of("field", "engine: str", target="Thong", guard="-"), THINGS),
        (seam_of("last", "pass", target="Thing.close", guard="-"), THINGS),
        (seam_of("item", '"x",', target="__every__", guard="-"), THINGS),
    ],
)
def test_a_missing_target_is_named(seam: Seam, source: str) -> None:
    """Catches a seam that silently does nothing once upstream has renamed its target."""
    with pytest.raises(ForkError, match="is not there") as error:
        weave(PATH, source.encode(), [seam])
    assert seam.target in refusal(error)


def test_a_doubled_target_is_named() -> None:
    """Catches a seam that picks one of two definitions by chance."""
    seam, _ = SEAMS["outermost decorator"]
    doubled = THINGS + "\n\ndef grow(size, *, by=1, **options): ...\n"
    with pytest.raises(ForkError, match="`grow` is there 2 times") as error:
        weave(PATH, doubled.encode(), [seam])
    refusal(error)


@pytest.mark.parametrize(
    ("seam", "words"),
    [
        (seam_of("import", "import x", after="scipy", guard="-"), "0 module-level imports"),
        (seam_of("import", "x = 1", after="numpy", guard="-"), "not what this operation inserts"),
        (seam_of("decorator", "mine", target="Thing", guard="-"), "not what this operation"),
        (seam_of("decorator", "@mine", target="__all__", guard="-"), "only a class or a function"),
        (seam_of("field", "x: int", target="grow", guard="-"), "not a class"),
        (seam_of("field", "def x(): ...", target="Thing", guard="-"), "not what this operation"),
        (seam_of("parameter", "x=1,", target="Thing", guard="-"), "not a function"),
        (seam_of("parameter", "x=1,", target="reopen", guard="-"), "no keyword-only parameter"),
        (seam_of("parameter", "x=1,", target="grow", guard="-"), "no place between two lines"),
        (seam_of("last", "pass", target="grow", guard="-"), "ends in return or raise"),
        (seam_of("first", "x = (", target="grow", guard="-"), "not a statement"),
        (seam_of("item", '"x": 1', target="Thing.to_dict", guard="-"), "with its comma"),
        (seam_of("item", '"x",', target="grow", guard="-"), "0 dict or list literals"),
        (seam_of("docstring", "x : y", target="reopen", after="a", guard="-"), "no docstring"),
        (seam_of("docstring", "x : y", target="grow", after="a", guard="-"), "no section"),
        (
            seam_of("docstring", "x : y", target="Thing", after="mass", guard="-"),
            "no such parameter",
        ),
        (seam_of("docstring", 'x : """', target="Thing", after="size", guard="-"), "would end"),
    ],
)
def test_a_seam_that_cannot_stand_there_is_refused_with_the_reason(seam: Seam, words: str) -> None:
    """Catches an insertion that is a syntax error, dead code, or part of something else."""
    with pytest.raises(ForkError, match=words) as error:
        weave(PATH, THINGS.encode(), [seam])
    assert PATH in refusal(error)


def test_an_entry_on_the_line_of_the_closing_quotes_has_no_place_behind_it() -> None:
    """Catches an entry that is inserted as code, where `engine : str` is a valid annotation."""
    source = (
        b'def f(a):\n    """F.\n\n    Parameters\n    ----------\n    a : int"""\n    return a\n'
    )
    seam = seam_of("docstring", "engine : str", target="f", after="a", guard="-")
    with pytest.raises(ForkError, match="no place between two lines") as error:
        weave(PATH, source, [seam])
    refusal(error)
