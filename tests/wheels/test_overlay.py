"""zarr-crud is installed beside zarr in every kind of environment, and changes nothing of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fork.fetch import ROOT
from tests.overlay.conftest import build
from tests.wheels.environments import BASE, Environment
from tests.wheels.test_fork import BESIDE, PROGRAM, RELEASED, STOCK, USED, VERSION

READ = """
import zarr.crud, zarr_crud
assert zarr_crud.provider() == "overlay"
store = zarr.storage.MemoryStore()
zarr.create_array(store, shape=3, dtype="i2")
print(zarr.crud.read_region(zarr.crud.read_metadata(store), store, ...))
"""


def test_it_leaves_zarr_as_it_is_and_nothing_behind(
    environment: Callable[..., Environment],
) -> None:
    """Catches a changed file of zarr, a requirement that is not met, or a file that remains."""
    env = environment(*BESIDE, STOCK)
    before = env.files()
    env.install("zarr-crud[zarrs]")
    env.check()
    assert before.items() <= env.files().items()
    assert env.is_intact("zarr")
    assert env.run(PROGRAM, "zarr", RELEASED).split() == USED

    env.pip("uninstall", "--yes", "zarr-crud", "zarrs-bindings")
    env.check()
    assert env.files() == before
    assert "No module named 'zarr.crud'" in env.run("-c", "import zarr.crud", fails=True)


def installed(environment: Callable[..., Environment]) -> Environment:
    """An environment with zarr and zarr-crud, by pip."""
    env = environment(STOCK)
    env.install("zarr-crud")
    return env


def test_an_upgrade_leaves_nothing_of_the_older_release(
    environment: Callable[..., Environment], tmp_path: Path
) -> None:
    """Catches a module that a release has dropped, and that is still imported."""
    env = installed(environment)
    after = env.files()
    older(tmp_path)
    env.install("--no-deps", *tmp_path.glob("old/*.whl"))
    said = env.run("-c", "import zarr.crud.dropped, zarr_crud as z; print(z.__version__)")
    assert said == "0.0.9"
    env.install("--upgrade", "zarr-crud")
    assert env.files() == after
    assert env.run("-c", READ) == "[0 0 0]"


def older(folder: Path) -> None:
    """Build a release with another version, and one more module."""
    shutil.copytree(ROOT / "src" / "zarr", folder / "repository/src/zarr")
    shutil.copytree(ROOT / "packages/zarr-crud", folder / "repository/packages/zarr-crud")
    (folder / "repository/src/zarr/crud/dropped.py").touch()
    project = folder / "repository/packages/zarr-crud"
    for file in (project / "pyproject.toml", project / "src/zarr_crud/__init__.py"):
        text = file.read_text()
        assert '"0.1.0"' in text
        file.write_text(text.replace('"0.1.0"', '"0.0.9"'))
    build("wheel", folder / "old", project)


def test_an_editable_install_has_the_sources_of_the_checkout(
    environment: Callable[..., Environment],
) -> None:
    """Catches an editable install without the file that interpreters read, or without sources."""
    env = environment(STOCK)
    env.install("--editable", ROOT / "packages" / "zarr-crud")
    assert env.run("-c", READ) == "[0 0 0]"
    found = env.run("-c", "import zarr.crud; print(zarr.crud.__file__)")
    assert found == str(ROOT / "src/zarr/crud/__init__.py")
    assert "a part of the fork" in env.run("-c", "import zarr._engine", fails=True)


def test_an_sdist_and_a_git_url_install_the_same(
    environment: Callable[..., Environment], tmp_path: Path
) -> None:
    """Catches a source that lacks a file, or a repository of which only a folder is looked at."""
    env = installed(environment)
    expected = {name: digest for name, digest in env.files().items() if ".dist-info/" not in name}
    repository = tmp_path / "repository"
    hidden = shutil.ignore_patterns("__pycache__")
    for name in ("src/zarr", "packages/zarr-crud"):
        shutil.copytree(ROOT / name, repository / name, ignore=hidden)
    author = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    for command in (["init"], ["add", "--all"], [*author, "commit", "--quiet", "--message=all"]):
        subprocess.run(["git", *command], cwd=repository, check=True, capture_output=True)
    url = f"zarr-crud @ git+{repository.as_uri()}#subdirectory=packages/zarr-crud"
    for source in (url, build("sdist", tmp_path / "sdist")):
        env.pip("uninstall", "--yes", "zarr-crud")
        env.install("--no-deps", source)
        files = env.files()
        assert {n: d for n, d in files.items() if ".dist-info/" not in n} == expected


def test_isolated_interpreters_and_new_processes_find_the_packages(
    environment: Callable[..., Environment],
) -> None:
    """Catches packages that depend on variables of the environment."""
    env = installed(environment)
    assert env.run("-I", "-c", READ) == "[0 0 0]"
    code = "import multiprocessing as m, zarr.crud as c\np = m.get_context('spawn').Pool(1)\n"
    code += "print(p.map(repr, [c.Options()]) == [repr(c.Options())])"
    assert env.run("-c", code) == "True"


def test_it_can_be_in_the_environment_and_zarr_in_the_users_folder(
    environment: Callable[..., Environment], tmp_path: Path, constraints: Path
) -> None:
    """Catches a `--user` install, or `--system-site-packages`, in which either is not found."""
    user = {"PYTHONUSERBASE": str(tmp_path / "user")}
    base = replace(environment(options=("--system-site-packages",)), variables=user)
    by_user(base, STOCK)
    assert "No module named 'zarr.crud'" in base.run("-c", READ, fails=True)
    base.install("--no-deps", "zarr-crud")
    assert base.run("-c", READ) == "[0 0 0]"
    base.pip("uninstall", "--yes", "zarr-crud")
    by_user(base, "zarr-crud")
    assert base.run("-c", READ) == "[0 0 0]"
    assert "No module named 'zarr" in base.run("-s", "-c", READ, fails=True)


def by_user(env: Environment, *packages: str) -> None:
    """Install with `pip install --user`, with the interpreter that the environment is made of."""
    options = ("--quiet", "--user", "--no-compile", "--no-warn-script-location")
    found = ("--find-links", env.dist, "--constraint", env.constraints)
    pip = (BASE, "-m", "pip", "install", *options, *found)
    variables = os.environ | env.variables
    done = subprocess.run(
        [*pip, *packages], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_each_distribution_can_have_a_folder(
    environment: Callable[..., Environment], tmp_path: Path
) -> None:
    """Catches packages that must be in the folder of zarr."""
    env = environment(STOCK)
    env.pip("uninstall", "--yes", "zarr")
    for name in (STOCK, "zarr-crud"):
        env.install("--no-deps", "--target", tmp_path / name.partition("=")[0], name)
    path = os.pathsep.join(str(tmp_path / name) for name in ("zarr-crud", "zarr"))
    env = replace(env, variables={"PYTHONPATH": path})
    # The file that interpreters read is read only in folders for packages.
    assert "No module named 'zarr.crud'" in env.run("-c", "import zarr.crud", fails=True)
    assert env.run("-c", f"import zarr_crud{READ}") == "[0 0 0]"


def test_beside_the_fork_it_says_so(environment: Callable[..., Environment]) -> None:
    """Catches two copies of the packages, or two declarations of a backend that exclude each
    other.
    """
    env = environment(f"zarr[zarrs]=={VERSION}", "zarr-crud")
    env.check()
    said = env.run("-m", "zarr_crud")
    assert said.startswith(f"zarr {VERSION} (the fork)")
    assert "engine 'zarrs': available" in said
    assert str(env.site / "zarr" / "crud") in said
    env.pip("uninstall", "--yes", "zarr-crud")
    # Both have a command of this name, and pip removes it with either; `zarr` has the same.
    assert [Path(name).name for name in env.changed("zarr")] == ["zarr-crud"]
    assert env.run("-c", "import zarr; print(sorted(zarr.list_engines()))").count("zarrs") == 1
