"""Seam files hold seams, all of their keys, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fork import ForkError
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
    ],
)
def test_a_seam_with_other_keys_is_refused(
    project: Project, seam: dict[str, Any], words: str
) -> None:
    """A misspelt or forgotten key that is read as something else."""
    project.seams(seam)
    with pytest.raises(ForkError, match=words) as error:
        project.assemble()
    assert "things.py" in refusal(error)


@pytest.mark.parametrize("text", ["", "budget = 3\n", 'budget = 3\n[[seam]]\nop = "field"\n'])
def test_a_seam_file_with_other_content_is_refused(project: Project, text: str) -> None:
    """A file of seams that is empty, or says more than is read."""
    project.write("fork/seams/things.toml", text)
    with pytest.raises(ForkError, match="tables and nothing else") as error:
        project.assemble()
    refusal(error)


def test_no_seams_at_all_are_refused(project: Project) -> None:
    """Upstream published under our version because a folder was not packed."""
    (project.root / "fork/seams/things.toml").unlink()
    with pytest.raises(ForkError, match="no seams below") as error:
        project.assemble()
    refusal(error)
