"""Upstream is read whole, and must be the pinned release to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fork import ForkError
from tests.fork.conftest import refusal

if TYPE_CHECKING:
    from tests.fork.conftest import Project


@pytest.mark.parametrize("version", ["1.2.4", "1.2.3+crud.0.1", "1.2.3.0"])
def test_another_upstream_version_is_refused(project: Project, version: str) -> None:
    """`1.2.3+crud` and `1.2.3.0` are equal to the pin by the rules of versions, not by content."""
    with pytest.raises(ForkError, match=r"needs upstream zarr 1\.2\.3 but found") as error:
        project.assemble(version=version)
    assert repr(version) in refusal(error)


@pytest.mark.parametrize("change", ["edited", "deleted", "added"])
def test_a_tree_that_is_not_the_pinned_one_is_refused(project: Project, change: str) -> None:
    """A build on files that somebody patched, lost or added after the release."""
    files = dict(project.upstream.files)
    if change == "edited":
        files["things.py"] += b"\n"
    elif change == "deleted":
        del files["py.typed"]
    else:
        files["more.py"] = b""
    with pytest.raises(ForkError, match="as pinned") as error:
        project.assemble(files=files)
    refusal(error)
