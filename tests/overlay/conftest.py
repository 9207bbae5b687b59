"""A zarr-python as released, and the wheel of zarr-crud, each in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from fork.fetch import ROOT, fetch_wheel
from fork.pin import load_pin

PROJECT = ROOT / "packages" / "zarr-crud"


def build(target: str, folder: Path, project: Path = PROJECT) -> Path:
    """Build a wheel or an sdist of zarr-crud."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("zarr_crud-*")
    return file


def unpack(wheel: Path, folder: Path) -> Path:
    """What an installer puts into a folder."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@dataclass(frozen=True)
class Folders:
    """Folders of distributions for `PYTHONPATH`, before what is installed for the tests."""

    stock: Path
    overlay: Path

    def run(
        self,
        code: str,
        *options: str,
        folders: list[Path] | None = None,
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run code in a new interpreter; by default with both folders."""
        path = [self.stock, self.overlay] if folders is None else folders
        env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))} | variables
        command = [sys.executable, *options, "-c", code]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    def said(self, code: str, *options: str, folders: list[Path] | None = None) -> str:
        """What the code prints."""
        done = self.run(code, *options, folders=folders)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def started(self) -> str:
        """Code that reads the file `zarr_crud.pth`, as an interpreter does in its own folders."""
        return f"import site; site.addsitedir({str(self.overlay)!r})\n"


def folders_in(folder: Path, wheel: Path | None = None) -> Folders:
    """Put both distributions into new folders."""
    released = fetch_wheel(load_pin(ROOT / "fork" / "upstream.toml"))
    overlay = build("wheel", folder / "wheel") if wheel is None else wheel
    return Folders(unpack(released, folder / "stock"), unpack(overlay, folder / "overlay"))


@pytest.fixture(scope="session")
def overlay_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of zarr-crud, built from this checkout."""
    return build("wheel", tmp_path_factory.mktemp("overlay-wheel"))


@pytest.fixture(scope="session")
def folders(overlay_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """The two distributions."""
    return folders_in(tmp_path_factory.mktemp("folders"), overlay_wheel)
