"""Installs from a git URL, which compile the extension."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from fork.fetch import ROOT
from tests.wheels.environments import UV, Environment, made
from tests.wheels.test_fork import STOCK, VERSION

EXTENSION = "packages/zarrs-bindings"
SMOKE = Path(__file__).with_name("smoke.py")


@pytest.fixture(scope="module")
def url() -> str:
    """A git URL of the last commit of this checkout."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    commit = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return f"git+file://{ROOT}@{commit}"


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    """An environment in which cargo compiles only what this checkout has not compiled yet."""
    found = made(tmp_path / "environment", tmp_path, tmp_path)
    target = {"CARGO_TARGET_DIR": str(ROOT / EXTENSION / "target")}
    return Environment(found.folder, tmp_path, tmp_path, target)


def install(env: Environment, installer: str, *packages: str) -> None:
    """Install as a user does: no wheel of this checkout is in sight."""
    python = str(env.folder / "bin" / "python")
    command = [str(UV), "pip"] if installer == "uv" else [python, "-m", "pip"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_", "UV_"))}
    done = subprocess.run(
        [*command, "install", "--quiet", *packages],
        env=clean | env.variables | {"VIRTUAL_ENV": str(env.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_the_fork_and_the_extension_are_built_from_a_git_url(
    installer: str, url: str, env: Environment
) -> None:
    """Catches a documented command that an installer refuses, or a source that does not build from
    a clone alone.
    """
    extension = f"zarrs-bindings @ {url}#subdirectory={EXTENSION}"
    install(env, installer, f"zarr[zarrs] @ {url}", extension)
    env.check()
    assert env.run(SMOKE) == f"zarr {VERSION}: reference, zarrs"
    assert env.is_intact("zarr")


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_the_overlay_is_built_from_a_git_url(installer: str, url: str, env: Environment) -> None:
    """Catches a source that is built in a checkout only, because it takes files from beside it."""
    install(env, installer, STOCK, f"zarr-crud @ {url}#subdirectory=packages/zarr-crud")
    env.check()
    assert env.run("-c", "import zarr.crud, zarr_crud as z; print(z.provider())") == "overlay"
    assert env.is_intact("zarr_crud")
