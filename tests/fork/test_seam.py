"""Seam files contain seams with all their keys, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fork import ForkError
from fork.seam import Seam, load_seams
from tests.fork.conftest import SEAM, refusal

if TYPE_CHECKING:
    from tests.fork.conftest import Project


@pytest.mark.parametrize(
    ("seam", "words"),
    [
        (SEAM | {"owner": "me"}, "key `owner` of a seam with op `field` is unknown"),
        (SEAM | {"after": "x"}, "key `after` of a seam with op `field` is unknown"),
        ({k: v for k, v in SEAM.items() if k != "guard"}, "key `guard` .* is missing"),
        ({k: v for k, v in SEAM.items() if k != "why"}, "key `why` .* is missing"),
        (SEAM | {"why": " "}, "key `why` of a seam must be a text"),
        (SEAM | {"insert": 3}, "key `insert` of a seam must be a text"),
        (SEAM | {"op": "replace"}, "`op` is 'replace'"),
        (SEAM | {"op": ["field"]}, r"`op` is \['field'\]"),
        (SEAM | {"insert": ""}, "key `insert` of a seam must be a text"),
    ],
)
def test_a_seam_with_other_keys_is_refused(
    project: Project, seam: dict[str, Any], words: str
) -> None:
    """Catches a misspelled or missing key that is read as something else."""
    project.seams(seam)
    with pytest.raises(ForkError, match=words) as error:
        project.assemble()
    assert "things.py" in refusal(error)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "budget = 3\n",
        'budget = 3\n[[seam]]\nop = "field"\n',
        '[seam]\nop = "field"\n',
        "seam = [1]\n",
    ],
)
def test_a_seam_file_with_other_content_is_refused(project: Project, text: str) -> None:
    """Catches a seam file that is empty, or that has content which is not read."""
    project.write("fork/seams/things.toml", text)
    with pytest.raises(ForkError, match="tables and nothing else") as error:
        project.assemble()
    refusal(error)


def test_no_seams_at_all_are_refused(project: Project) -> None:
    """Catches plain upstream published under our version because a folder was not packed."""
    (project.root / "fork/seams/things.toml").unlink()
    with pytest.raises(ForkError, match="no seams below") as error:
        project.assemble()
    refusal(error)


def test_seams_are_told_by_the_upstream_file_and_in_the_order_of_theirs(project: Project) -> None:
    """Catches two seams at one place that are swapped, or a folder that is missing from the
    path.
    """
    after = {k: v for k, v in SEAM.items() if k != "target"} | {"op": "import", "after": "numpy"}
    project.seams(SEAM, after, path="core/things")
    project.write("fork/seams/notes.txt", "no seams")
    found = load_seams(project.root / "fork/seams")
    assert list(found) == ["core/things.py", "things.py"]
    assert [seam.op for seam in found["core/things.py"]] == ["field", "import"]
    first, second = found["core/things.py"]
    assert first == Seam("core/things.py", **SEAM)
    assert (second.target, second.after) == ("", "numpy")


@pytest.mark.parametrize(
    ("target", "after", "words"),
    [
        ("A.f", "", "a.py: the last seam in `A.f`"),
        ("", "numpy", "a.py: the last seam in `the module` after `numpy`"),
        ("A", "size", "a.py: the last seam in `A` after `size`"),
    ],
)
def test_a_seam_says_where_it_is(target: str, after: str, words: str) -> None:
    """Catches a refusal that does not say which seam of a file it is about."""
    assert str(Seam("a.py", "last", "x", "y", "z", "-", target, after)) == words
