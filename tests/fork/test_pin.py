"""The pin: all of its keys and no others, and one digest for a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fork import ForkError
from fork.pin import load_pin
from tests.fork.conftest import refusal

if TYPE_CHECKING:
    from tests.fork.conftest import Project


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('version = "1"\nurl = "x"\n', "key `sdist_sha256` is missing"),
        (
            'version = "1"\nwheel_sha256 = ""\nsdist_sha256 = ""\ntree_sha256 = ""\nzz = ""\n',
            "key `zz` is unknown",
        ),
    ],
)
def test_a_pin_with_other_keys_is_refused(project: Project, text: str, words: str) -> None:
    """A misspelt key that silently pins nothing."""
    project.write("fork/upstream.toml", text)
    with pytest.raises(ForkError, match=words) as error:
        load_pin(project.root / "fork" / "upstream.toml")
    refusal(error)
