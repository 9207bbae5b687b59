"""The pin: exactly its keys, and one digest for a tree of files."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from fork import ForkError
from fork.pin import Pin, load_pin, tree_digest
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
    """Catches a misspelled key that silently pins nothing."""
    project.write("fork/upstream.toml", text)
    with pytest.raises(ForkError, match=words) as error:
        load_pin(project.root / "fork" / "upstream.toml")
    refusal(error)


def test_a_pin_is_what_its_file_says(project: Project) -> None:
    """Catches two hashes that are swapped."""
    keys = ("version", "tree_sha256", "sdist_sha256", "wheel_sha256")
    project.write("fork/upstream.toml", "".join(f'{key} = "{key}!"\n' for key in keys))
    found = load_pin(project.root / "fork/upstream.toml")
    assert found == Pin("version!", "wheel_sha256!", "sdist_sha256!", "tree_sha256!")


def test_the_digest_of_a_tree_is_that_of_its_sorted_lines() -> None:
    """Catches a digest that nobody can reproduce with the usual tools."""
    lines = b"".join(
        name + b"\0" + sha256(data).hexdigest().encode() + b"\n"
        for name, data in ((b"a", b"1"), (b"a/b", b""), (b"b", b"2"))
    )
    assert tree_digest({"b": b"2", "a": b"1", "a/b": b""}) == sha256(lines).hexdigest()
    assert tree_digest({}) == sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "files",
    [
        {"a": b"1"},
        {"a": b"1", "b": b"2", "c": b""},
        {"a": b"2", "b": b"1"},
        {"A": b"1", "b": b"2"},
        {"a": b"1\n", "b": b"2"},
        {},
    ],
)
def test_another_tree_has_another_digest(files: dict[str, bytes]) -> None:
    """Catches a lost, added, renamed, edited or swapped file that leaves the digest the same."""
    assert tree_digest(files) != tree_digest({"a": b"1", "b": b"2"})
