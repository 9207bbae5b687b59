"""A build checks everything first, then writes the package in the requested form."""

from __future__ import annotations

from pathlib import Path

import pytest

from fork import ForkError, build
from fork.build import LICENCES, LIVE, build_live, build_wheel
from fork.pin import Pin
from tests.fork.conftest import PYPROJECT, VERSION, Project

OURS = f"{VERSION}+crud.0.1"
FILES = {"things.py", "_version.py", "py.typed"}


@pytest.fixture
def checkout(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A checkout that builds: upstream is installed, and its license text is present."""

    def installed(pin: Pin) -> object:
        assert pin.version == VERSION
        return project.upstream

    monkeypatch.setattr(build, "installed", installed)
    project.write(f"{LICENCES}/LICENSE.txt", "do as you please\n")
    return project


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_wheel_and_a_live_tree_are_the_same_package(checkout: Project, tmp_path: Path) -> None:
    """Catches an editable install whose seams or version differ from those of a wheel."""
    build_wheel(checkout.root, OURS, tmp_path / "wheel")
    build_live(checkout.root, OURS)
    live = checkout.root / LIVE
    assert names(tmp_path / "wheel") == names(live) == FILES | {"mine"}
    for name in FILES:
        assert (live / name).read_bytes() == (tmp_path / "wheel" / name).read_bytes()
    assert b"engine: str" in (live / "things.py").read_bytes()
    assert OURS.encode() in (live / "_version.py").read_bytes()
    assert (live / "mine").is_symlink()
    assert not (tmp_path / "wheel" / "mine").is_symlink()


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("pyproject.toml", PYPROJECT.replace("numpy>=2", "numpy>=3"), "dependencies differ"),
        (f"{LICENCES}/LICENSE.txt", "do not\n", "is not upstream's licence text"),
        ("src/zarr/things.py", "", "has the name of an upstream module"),
        ("src/zarr/__init__.py", "", "would hide the assembled package"),
        ("fork/seams/gone.toml", "[[seam]]\nop = 'x'\n", "`op` is 'x'"),
    ],
)
def test_a_refused_build_writes_nothing(
    checkout: Project, tmp_path: Path, path: str, text: str, words: str
) -> None:
    """Catches a check that is left out, or a half-written package that stays."""
    checkout.write(path, text)
    with pytest.raises(ForkError, match=words):
        build_live(checkout.root, OURS)
    with pytest.raises(ForkError, match=words):
        build_wheel(checkout.root, OURS, tmp_path / "wheel")
    assert not (tmp_path / "wheel").exists()
    assert not (checkout.root / LIVE).exists()
