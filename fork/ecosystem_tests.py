"""``./dev test-ecosystem``: the tests of zarr in xarray and dask, on an engine.

Both ship their tests in the wheels that `requirements/dev.txt` pins. All of them must pass on every
engine as they do on zarr-python's own path, ``--engine zarr``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from fork.fetch import ROOT

__all__ = ["main", "unwanted"]

FILES = (
    "xarray/tests/test_backends.py",
    "xarray/tests/test_backends_api.py",
    "xarray/tests/test_backends_datatree.py",
    "xarray/tests/test_distributed.py",
    "xarray/tests/test_plugins.py",
    "dask/array/tests/test_array_core.py",
    "dask/array/tests/test_xarray.py",
    "dask/tests/test_distributed.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what xarray's own hook, which is in no wheel, skips because of its parameters."""
    for item in items:
        reason = unwanted(item)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))


def unwanted(item: pytest.Item) -> str | None:
    """Return why a test marked `skip_if_param` is skipped with its parameters, or `None`."""
    callspec: Any = getattr(item, "callspec", None)
    if callspec is None:
        return None
    for mark in item.iter_markers("skip_if_param"):
        named = dict(mark.kwargs)
        reason: str = named.pop("reason", mark.name)
        if not named.pop("condition", True):
            continue
        if {str(value) for value in named.values()} <= {*callspec.id.split("-")}:
            return reason
    return None


def main(arguments: list[str] | None = None) -> int:
    """Run the tests; all arguments except `--engine` go to pytest."""
    parser = argparse.ArgumentParser(
        prog="./dev test-ecosystem", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--engine", default="zarrs", help="the engine of every array")
    options, rest = parser.parse_known_args(arguments)
    site = Path(sysconfig.get_path("purelib"))
    missing = [file for file in FILES if not (site / file).is_file()]
    if missing:
        print(f"zarr fork: {missing[0]} is not installed; name its new place.", file=sys.stderr)
        return 1
    print(f">> what xarray and dask test of zarr, engine {options.engine}", flush=True)
    ini = str(ROOT / "fork" / "ecosystem.ini")
    command = [
        *(sys.executable, "-m", "pytest", "-c", ini, "--rootdir", str(site)),
        *("-p", "fork.ecosystem_tests", "-p", "no:cacheprovider", "-q", "--no-header"),
        *("-n", "auto", "--dist", "worksteal", *FILES, "-k", "zarr", *rest),
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ZARR_ARRAY__ENGINE": options.engine,
    }
    return subprocess.run(command, cwd=site, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
