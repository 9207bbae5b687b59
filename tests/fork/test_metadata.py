"""Static metadata that differs from upstream's stops the build."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from fork import ForkError
from fork.metadata import OUR_EXTRAS, OUR_SCRIPTS, check_licences, check_metadata
from fork.pin import load_pin
from tests.fork.conftest import PYPROJECT, refusal

if TYPE_CHECKING:
    from tests.fork.conftest import Project


def _check(project: Project, **changes: Any) -> None:
    pin = load_pin(project.root / "fork/upstream.toml")
    check_metadata(project.root / "pyproject.toml", replace(project.upstream, **changes), pin)


def test_equal_metadata_passes_however_it_is_spelt(project: Project) -> None:
    """Catches a refusal because of spelling: case, underscores, or the order of markers."""
    _check(project)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"numpy>=2", ', "", r"dependencies .*missing \['numpy>=2'\]"),
        ("numpy>=2", "numpy>=2.1", r"dependencies .*too many \['numpy>=2.1'\]"),
        ('["typer"]', '["typer>1"]', r"dependencies .*missing"),
        ("; sys_platform != 'darwin'", "", r"dependencies .*missing"),
        ("gpu = [", "cuda = [", r"dependencies .*missing"),
        ('requires-python = ">=3.12"', 'requires-python = ">=3.11"', "requires-python differ"),
        ('zarr = "zarr.testing"', 'zarr = "zarr.tests"', "entry points differ"),
        ('scripts = { zarr = "zarr._cli:app" }', "", "entry points differ"),
        ('"zarr.crud.backends"]', '"zarr.codecs"]', r"entry points .*too many"),
        ("zarr===1.2.3", "zarr==1.2.3", "build-system.requires must hold `zarr===1.2.3`"),
    ],
)
def test_drifted_metadata_is_refused(project: Project, old: str, new: str, words: str) -> None:
    """Catches a distribution whose requirements or entry points differ from those of the upstream
    that it replaces.
    """
    assert PYPROJECT.count(old) == 1
    project.write("pyproject.toml", PYPROJECT.replace(old, new))
    with pytest.raises(ForkError, match=words) as error:
        _check(project)
    refusal(error)


def test_an_extra_without_requirements_is_not_lost(project: Project) -> None:
    """Catches a lost extra that no requirement mentions."""
    with pytest.raises(ForkError, match=r"extras differ from upstream's \(missing \['none'\]"):
        _check(project, extras=["cli", "gpu", "none"])


@pytest.mark.parametrize("name", sorted(OUR_EXTRAS))
def test_the_forks_own_extras_are_not_upstreams(project: Project, name: str) -> None:
    """Catches a build that stops because of the extra for the extension, or lets any extra pass."""
    gpu = "gpu = ["
    for extra in (name, "another"):
        project.write("pyproject.toml", PYPROJECT.replace(gpu, f'{extra} = ["x"]\n{gpu}'))
        if extra == name:
            _check(project)
            continue
        with pytest.raises(ForkError, match=r"too many .*extra == .another"):
            _check(project)


@pytest.mark.parametrize("name", ["LICENSE.txt", "NOTICE"])
def test_a_missing_or_edited_licence_is_refused(project: Project, name: str) -> None:
    """Catches upstream's code distributed without upstream's license."""
    licences = {"LICENSE.txt": b"do as you please\n"}
    check_licences(project.root / "licences", replace(project.upstream, licences=licences))
    licences |= {name: b"do as we please\n"}
    with pytest.raises(ForkError, match="is not upstream's licence text") as error:
        check_licences(project.root / "licences", replace(project.upstream, licences=licences))
    assert name in refusal(error)


def test_an_upstream_without_licence_is_refused(project: Project) -> None:
    """Catches a wheel that keeps its license where nobody looks for it."""
    with pytest.raises(ForkError, match="carries no licence text") as error:
        check_licences(project.root / "licences", replace(project.upstream, licences={}))
    refusal(error)


@pytest.mark.parametrize("name", [*sorted(OUR_SCRIPTS), "another"])
def test_the_forks_own_scripts_are_not_upstreams(project: Project, name: str) -> None:
    """Catches a build that stops because of our command, or lets any command pass."""
    scripts = 'scripts = { zarr = "zarr._cli:app"'
    assert PYPROJECT.count(scripts) == 1
    project.write("pyproject.toml", PYPROJECT.replace(scripts, f'{scripts}, {name} = "x:y"'))
    if name in OUR_SCRIPTS:
        _check(project)
        return
    with pytest.raises(ForkError, match=r"entry points .*too many .*another"):
        _check(project)
