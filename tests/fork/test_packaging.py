"""Every kind of install gives the same package, and the sdist contains none of upstream's code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from fork.build import LIVE
from fork.fetch import ROOT

pytestmark = pytest.mark.slow

UV = Path(sys.executable).with_name("uv")
PINS = ("--build-constraints", str(ROOT / "requirements/dev.txt"))


def _run(*command: str | Path, cwd: Path = ROOT) -> None:
    env = os.environ | {"UV_PYTHON": sys.executable, "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _tree(folder: Path) -> dict[str, bytes]:
    """The files below `folder` by path; links are followed, and byte code is left out."""
    found = {}
    for here, _, names in os.walk(folder, followlinks=True):
        for name in names:
            file = Path(here, name)
            if file.suffix != ".pyc":
                found[file.relative_to(folder).as_posix()] = file.read_bytes()
    return found


def _wheel(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        names = [n for n in archive.namelist() if n.startswith("zarr/")]
        return {name.removeprefix("zarr/"): archive.read(name) for name in names}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An sdist that is built here, where the live tree contains links that must not mislead the
    packer.
    """
    target = tmp_path_factory.mktemp("sdist")
    _run(UV, "build", "--quiet", "--sdist", *PINS, "--out-dir", target)
    (file,) = target.glob("*.tar.gz")
    return file


@pytest.fixture(scope="module")
def live() -> dict[str, bytes]:
    return _tree(ROOT / LIVE)


def test_the_sdist_holds_our_sources_and_nothing_of_upstream(sdist: Path) -> None:
    """Catches upstream's code published under our license, or an sdist without our packages."""
    with tarfile.open(sdist) as archive:
        names = {m.name.partition("/")[2] for m in archive if m.isfile()}
    tops = {name.partition("/")[0] for name in names}
    assert tops <= {"src", "fork", "LICENSES", "LICENSE", "README.md"} | {
        "pyproject.toml",
        "PKG-INFO",
        ".gitignore",
    }
    for folder in ("src", "fork"):
        ours = {f"{folder}/{path}" for path in _tree(ROOT / folder)}
        assert {name for name in names if name.startswith(f"{folder}/")} == ours


def test_the_wheel_of_the_sdist_is_the_live_tree(
    sdist: Path, live: dict[str, bytes], tmp_path: Path
) -> None:
    """Catches a release that lacks something that a checkout has."""
    _run(UV, "build", "--quiet", "--wheel", *PINS, "--out-dir", tmp_path, sdist)
    (file,) = tmp_path.glob("*.whl")
    assert _wheel(file) == live


def test_the_wheel_of_the_checkout_is_the_live_tree(live: dict[str, bytes], tmp_path: Path) -> None:
    """Catches `pip install .` and `pip install -e .` that install different packages."""
    before = _tree(ROOT / "build/fork")
    _run(UV, "build", "--quiet", "--wheel", *PINS, "--out-dir", tmp_path)
    (file,) = tmp_path.glob("*.whl")
    assert _wheel(file) == live
    assert _tree(ROOT / "build/fork") == before


def test_an_install_from_a_git_url_is_the_live_tree(live: dict[str, bytes], tmp_path: Path) -> None:
    """Catches a repository without a file that every checkout happens to have."""
    repository, site = tmp_path / "repository", tmp_path / "site"
    hidden = shutil.ignore_patterns("__pycache__")
    for name in ("src", "fork", "LICENSES"):
        shutil.copytree(ROOT / name, repository / name, ignore=hidden)
    for name in (
        "pyproject.toml",
        "LICENSE",
        ".gitignore",
        *(p.name for p in ROOT.glob("README*")),
    ):
        shutil.copy(ROOT / name, repository)
    author = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    _run("git", "init", "--quiet", cwd=repository)
    _run("git", "add", "--all", cwd=repository)
    _run("git", *author, "commit", "--quiet", "--message=all", cwd=repository)
    url = f"zarr @ git+{repository.as_uri()}"
    _run(UV, "pip", "install", "--quiet", "--no-deps", *PINS, "--target", site, url)
    assert _tree(site / "zarr") == live
    code = f"import sys; sys.path.insert(0, {str(site)!r}); import zarr.crud; print(zarr.__file__)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(site / "zarr/__init__.py")
