"""The fork is installed in place of zarr by one command, and another one goes back."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

from fork.fetch import ROOT
from fork.pin import load_pin
from tests.wheels.environments import Environment

PROGRAM = Path(__file__).with_name("program.py")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
RELEASED = load_pin(ROOT / "fork" / "upstream.toml").version
# `==` would also be met by the fork, whose wheel is in the same folder.
STOCK = f"zarr==={RELEASED}"
BESIDE = ("xarray", "dask[array]", "anndata", "icechunk")
USED = ["functions", "xarray", "dask", "anndata", "icechunk"]


def test_it_replaces_zarr_serves_those_beside_it_and_goes_back(
    environment: Callable[..., Environment],
) -> None:
    """Catches an extra that does not bring the extension, a neighbour that refuses the fork's
    version, or a file of the fork that remains.
    """
    env = environment(*BESIDE, STOCK)
    # By pip, as in the end: each installer leaves its name.
    env.install("--force-reinstall", "--no-deps", STOCK)
    before = env.files()
    env.install(f"zarr[zarrs]=={VERSION}")
    env.check()
    for engine in ("zarr", "zarrs"):
        assert env.run(PROGRAM, engine, VERSION).split() == USED
    assert env.is_intact("zarr")

    env.install("--force-reinstall", "--no-deps", STOCK)
    env.pip("uninstall", "--yes", "zarrs-bindings")
    env.check()
    assert env.files() == before
    assert "list_engines" in env.run("-c", "from zarr import list_engines", fails=True)


def test_it_is_installed_where_no_zarr_was(environment: Callable[..., Environment]) -> None:
    """Catches a wheel that needs a zarr to replace."""
    env = environment()
    env.install(f"zarr[zarrs]=={VERSION}")
    env.check()
    said = env.run("-c", "import zarr; print(zarr.list_engines()['zarrs'])")
    assert "available=True" in said
    env.pip("uninstall", "--yes", "zarr", "zarrs-bindings")
    assert not [name for name in env.files() if "zarr" in name.partition("/")[0]]
