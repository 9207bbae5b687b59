"""Pinning another release touches every place that names one, and surveys all seams at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fork import ForkError
from fork.bump import repin, survey
from fork.pin import Pin, load_pin
from tests.fork.conftest import PYPROJECT, SEAM, THINGS, refusal

if TYPE_CHECKING:
    from tests.fork.conftest import Project

NEW = Pin(version="1.3.0", wheel_sha256="a", sdist_sha256="b", tree_sha256="c")


def test_a_new_pin_reaches_every_place(project: Project) -> None:
    """Two places that name two releases."""
    project.write("pyproject.toml", PYPROJECT + 'version = "1.2.3+crud.0.1"\n')
    project.write("requirements/dev.in", "zarr===1.2.3\n")
    repin(project.root, NEW)
    assert load_pin(project.root / "fork/upstream.toml") == NEW
    for name in ("pyproject.toml", "requirements/dev.in"):
        text = (project.root / name).read_text()
        assert "zarr===1.3.0" in text
        assert "1.2.3" not in text
    assert 'version = "1.3.0+crud.0.1"' in (project.root / "pyproject.toml").read_text()


def test_a_place_that_names_no_release_is_refused(project: Project) -> None:
    """A bump that leaves the old requirement behind without a word."""
    project.write("requirements/dev.in", "zarr\n")
    with pytest.raises(ForkError, match=r"requirements/dev.in: `zarr===1.2.3` is not there") as e:
        repin(project.root, NEW)
    refusal(e)


def test_the_survey_names_everything_at_once(project: Project) -> None:
    """One rebuild for each seam that a release has broken."""
    project.seams(SEAM, SEAM | {"target": "Gone"})
    project.seams(SEAM, path="gone")
    project.write("LICENSES/zarr-python/LICENSE.txt", "do as you please\n")
    pin = load_pin(project.root / "fork/upstream.toml")
    assert [s.partition(":")[0] for s in survey(project.root, project.upstream, pin)] == [
        "gone.py",
        "things.py",
    ]
    changed = THINGS.replace("class Thing:", "class Thing(dict):").encode()
    files = project.upstream.files | {"things.py": changed}
    upstream = replace(project.upstream, files=files, requires=[])
    found = [s.partition(":")[0] for s in survey(project.root, upstream, pin)]
    assert found == ["gone.py", "things.py", "things.py", "pyproject.toml"]
