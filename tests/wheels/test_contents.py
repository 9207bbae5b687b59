"""What a wheel says about itself, and what it holds."""

from __future__ import annotations

import tomllib
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import pytest

from fork.fetch import ROOT
from fork.wheel_listing import components
from tests.fork.test_distributions import PROJECTS
from tests.wheels.conftest import DIST

WHEELS = sorted(DIST.glob("*.whl"))


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(archive.read(name).decode())


def test_all_distributions_have_a_wheel() -> None:
    """Catches a build that leaves one out."""
    assert {str(metadata(wheel)["Name"]) for wheel in WHEELS} == set(PROJECTS)


@pytest.mark.parametrize("wheel", WHEELS, ids=lambda wheel: wheel.name)
def test_a_wheel_declares_what_its_project_declares(wheel: Path) -> None:
    """Catches metadata that a build tool leaves out."""
    found = metadata(wheel)
    text = (ROOT / PROJECTS[str(found["Name"])]).read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    assert found["Version"] == project["version"]
    assert found.get_all("Classifier") == project["classifiers"]
    urls = dict(str(line).split(", ", 1) for line in found.get_all("Project-URL", []))
    assert urls == project["urls"]
    assert found["License-Expression"] == "MIT"
    assert found["Requires-Python"] == project["requires-python"]


@pytest.mark.parametrize("wheel", WHEELS, ids=lambda wheel: wheel.name)
def test_a_wheel_has_its_licences_and_names_what_is_in_it(wheel: Path) -> None:
    """Catches linked code of others that a wheel does not name."""
    found = components(wheel)
    if wheel.name.startswith("zarrs_bindings"):
        assert found > 100
    else:
        assert found == (1 if wheel.name.startswith("zarr-") else 0)
