"""The wheel holds the packages that need no seams, and writes only files of its own."""

from __future__ import annotations

import ast
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from _zarr_crud_finder import NEEDS_SEAMS
from fork.fetch import ROOT
from tests.overlay.conftest import PROJECT, build


def contents(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, but those that describe it."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        return {name: archive.read(name) for name in names}


def sources() -> dict[str, bytes]:
    """The packages of this checkout that need no seams."""
    source = ROOT / "src" / "zarr"
    return {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in source.rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and path.relative_to(source).parts[0] not in NEEDS_SEAMS
    }


def test_the_wheel_has_all_packages_and_its_own_modules(overlay_wheel: Path) -> None:
    """Catches a package that is left out, or a file in a folder of another distribution."""
    found = contents(overlay_wheel)
    packed = "zarr_crud/_zarr/"
    own = {name for name in found if not name.startswith(packed)}
    assert {n.removeprefix(packed): data for n, data in found.items() if n not in own} == sources()
    assert {name.partition("/")[0] for name in own} == {
        "_zarr_crud_finder.py",
        "zarr_crud",
        "zarr_crud.pth",
    }
    assert "zarr_crud/py.typed" in own


def test_the_wheel_of_the_sdist_is_the_same(overlay_wheel: Path, tmp_path: Path) -> None:
    """Catches an sdist that builds only inside of a checkout."""
    sdist = build("sdist", tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "sources", filter="data")
    (project,) = (tmp_path / "sources").iterdir()
    again = build("wheel", tmp_path / "wheel", project)
    assert contents(again) == contents(overlay_wheel)


def test_a_build_without_the_packages_says_so(tmp_path: Path) -> None:
    """Catches a wheel without functions."""
    shutil.copytree(PROJECT, tmp_path / "a" / "b" / "c")
    with pytest.raises(AssertionError, match="the packages are missing; build in a checkout"):
        build("wheel", tmp_path / "out", tmp_path / "a" / "b" / "c")


def test_nothing_in_the_wheel_imports_what_needs_seams() -> None:
    """Catches a function that works in the fork, and fails to import elsewhere."""
    for name, data in sources().items():
        for node in ast.walk(ast.parse(data)) if name.endswith(".py") else ():
            imported: list[str] = []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [f"{node.module}.{alias.name}" for alias in node.names]
            for needed in NEEDS_SEAMS:
                assert not any(i.startswith(f"zarr.{needed}") for i in imported), name
