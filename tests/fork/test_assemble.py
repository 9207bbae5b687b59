"""The errors that stop a whole assembly: versions, seams for missing files, the overlay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fork import ForkError
from fork.assemble import overlay
from tests.fork.conftest import SEAM, refusal

if TYPE_CHECKING:
    from tests.fork.conftest import Project


def test_the_project_assembles(project: Project) -> None:
    """Catches a project that never assembles, for which the refusals below would prove nothing."""
    assembly = project.assemble()
    assert b"    colour: str\n    engine: str\n" in assembly.files["things.py"]
    assert assembly.files.keys() == project.upstream.files.keys()


def test_the_version_file_says_ours_after_upstreams(project: Project) -> None:
    """Catches different versions in `zarr.__version__` and in the distribution."""
    scope: dict[str, Any] = {}
    exec(project.assemble("1.2.3+crud.9").files["_version.py"], scope)
    assert scope["version"] == scope["__version__"] == "1.2.3+crud.9"
    assert scope["version_tuple"] == scope["__version_tuple__"] == (1, 2, 3, "crud.9")


@pytest.mark.parametrize("version", ["1.2.3", "1.2.4+crud.1", "1.2.3+other.1"])
def test_a_version_that_does_not_say_what_it_is_is_refused(project: Project, version: str) -> None:
    """Catches a fork of one release that passes for another release, or for upstream itself."""
    with pytest.raises(ForkError, match="does not say what this is") as error:
        project.assemble(version)
    assert repr(version) in refusal(error)


def test_seams_for_a_file_that_upstream_has_not_are_refused(project: Project) -> None:
    """Catches seams that are lost because upstream has moved a module."""
    project.seams(SEAM, path="moved/things")
    with pytest.raises(ForkError, match="has no such file") as error:
        project.assemble()
    assert refusal(error).startswith("moved/things.py:")


def test_an_init_in_bare_src_is_refused(project: Project) -> None:
    """Catches a checkout's `src` on the path that hides the assembled package."""
    project.write("src/zarr/__init__.py", "")
    with pytest.raises(ForkError, match="would hide the assembled package") as error:
        overlay(project.root / "src/zarr", project.upstream.files)
    refusal(error)


@pytest.mark.parametrize("name", ["things.py", "things/__init__.py", "py.typed", "core.py"])
def test_an_overlay_name_of_upstreams_is_refused(project: Project, name: str) -> None:
    """Catches a file of ours that replaces one of upstream's, or a module that shadows another."""
    project.write(f"src/zarr/{name}", "")
    taken = {*project.upstream.files, "core/array.py"}
    with pytest.raises(ForkError, match="has the name of an upstream module") as error:
        overlay(project.root / "src/zarr", taken)
    assert name.partition("/")[0] in refusal(error)


@pytest.mark.parametrize("rest", ["src/zarr/__pycache__/a.pyc", "src/zarr/notes.txt", None])
def test_an_empty_overlay_is_refused(project: Project, rest: str | None) -> None:
    """Catches a source distribution that has lost our packages, built into a wheel without them."""
    (project.root / "src/zarr/mine/__init__.py").unlink()
    if rest:
        project.write(rest, "")
    with pytest.raises(ForkError, match="holds no package of ours") as error:
        overlay(project.root / "src/zarr", project.upstream.files)
    refusal(error)
