"""The build hook gives hatchling the package, or ends the build with one sentence."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fork import ForkError, build
from fork.hatch_build import ForkBuildHook


class Builds:
    """A fake build that records its calls; each wheel has one file."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Path, str]] = []

    def wheel(self, root: Path, version: str, target: Path) -> None:
        self.asked.append(("wheel", root, version))
        (target / "a.py").write_bytes(b"")

    def live(self, root: Path, version: str) -> None:
        self.asked.append(("live", root, version))


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Builds:
    made = Builds()
    monkeypatch.setattr(build, "build_wheel", made.wheel)
    monkeypatch.setattr(build, "build_live", made.live)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return made


def hook(root: Path, target: str = "wheel") -> ForkBuildHook:
    metadata: Any = SimpleNamespace(version="1.2.3+crud.0.1")
    return ForkBuildHook(str(root), {}, SimpleNamespace(), metadata, "", target)


def test_a_wheel_gets_the_assembled_folder_which_then_goes(tmp_path: Path, builds: Builds) -> None:
    """Catches a wheel with our packages but without upstream's, or a folder that each build leaves
    behind.
    """
    made, data = hook(tmp_path), {"force_include": dict[str, str]()}
    made.initialize("standard", data)
    assert builds.asked == [("wheel", tmp_path, "1.2.3+crud.0.1")]
    ((folder, name),) = data["force_include"].items()
    assert name == "zarr"
    assert [path.name for path in Path(folder).iterdir()] == ["a.py"]
    made.finalize("standard", data, "")
    assert not Path(folder).exists()


def test_an_editable_install_gets_the_live_tree_and_no_files(
    tmp_path: Path, builds: Builds
) -> None:
    """Catches files in site-packages that hide the edits in a checkout."""
    made, data = hook(tmp_path), {"force_include": dict[str, str]()}
    made.initialize("editable", data)
    made.finalize("editable", data, "")
    assert builds.asked == [("live", tmp_path, "1.2.3+crud.0.1")]
    assert data == {"force_include": {}}


def test_a_source_distribution_needs_no_upstream(tmp_path: Path, builds: Builds) -> None:
    """Catches upstream's code in our source distribution."""
    made, data = hook(tmp_path, "sdist"), {"force_include": dict[str, str]()}
    made.initialize("standard", data)
    made.finalize("standard", data, "")
    assert builds.asked == []
    assert data == {"force_include": {}}


def test_a_refusal_ends_the_build_with_its_sentence(
    tmp_path: Path, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a traceback above the line that says what to do, or a wheel without the seams."""

    def refuse(*_: object) -> None:
        raise ForkError("It cannot be built.")

    monkeypatch.setattr(build, "build_live", refuse)
    with pytest.raises(SystemExit) as error:
        hook(tmp_path).initialize("editable", {})
    assert error.value.code == "zarr fork: It cannot be built."
