"""The recipes of `docs/engines.md` for other processes, each run as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

import zarr
from fork.fetch import ROOT
from tests.engine.entry_points import VALUES

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "engines.md"

# The code around a recipe. Workers have another `__main__`, so their functions are in a module.
BEGIN = """
import json, multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor

import dask, dask.array
from distributed import Client, LocalCluster

import zarr
from tests.ecosystem.workers import engine_of, opened_there

path = sys.argv[1]
answers = []

"""
MAIN = 'if __name__ == "__main__":\n'

# The recorded results of a recipe, and those of all workers for one.
NOTED = {
    "client.submit(opened_there, path).result()": "*client.run(opened_there, path).values()",
    "client.submit(engine_of, array).result()": "client.submit(opened_there, array).result()",
    "pool.submit(opened_there, path).result()": "pool.submit(opened_there, path).result()",
    "dask.array.from_zarr(array).sum().compute()": (
        "dask.array.from_zarr(array).sum().compute().item()"
    ),
}
SERVED = ["zarrs", "zarrs", {"zarrs": 1}, 1]


def recipes() -> list[str]:
    """The code blocks of the section."""
    section = PAGE.read_text().partition("\n## Other processes\n")[2].partition("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def answers(recipe: str, folder: Path) -> list[object]:
    """What its calls return."""
    noted = recipe
    for call, instead in NOTED.items():
        noted = noted.replace(call, f"answers.extend([{instead}])")
    assert noted != recipe
    # Wait for workers that are still starting.
    noted = noted.replace("cluster.scale(3)", "cluster.scale(3); client.wait_for_workers(3)")
    if MAIN not in noted:
        noted = MAIN + indent(noted, "    ")
    script = folder / "program.py"
    script.write_text(f"{BEGIN}{noted}    print(json.dumps(answers))\n")
    without = {k: v for k, v in os.environ.items() if not k.startswith(("ZARR_", "DASK_"))}
    done = subprocess.run(
        [sys.executable, str(script), str(folder / "x.zarr")],
        env=without | {"PYTHONPATH": str(ROOT)}, cwd=folder,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an array without a named engine."""
    zarr.create_array(tmp_path / "x.zarr", data=VALUES, chunks=(3, 2))
    return tmp_path


def test_an_array_that_is_sent_keeps_its_engine_and_its_options(folder: Path) -> None:
    """Catches a recipe that does not work, or that workers ignore."""
    assert answers(recipes()[0], folder) == [SERVED, VALUES.sum()]


@pytest.mark.parametrize(("number", "workers"), [(1, 2), (2, 2), (3, 2), (4, 3), (5, 1)])
def test_what_workers_open_follows_what_was_set_for_them(
    number: int, workers: int, folder: Path
) -> None:
    """Catches the same for arrays that workers open themselves."""
    assert answers(recipes()[number], folder) == [SERVED] * workers


def test_what_is_set_here_is_not_set_there(folder: Path) -> None:
    """Catches a recipe for something that works without one."""
    recipe = """
zarr.config.set({"array.engine": "zarrs", "array.engine_options.concurrency": 1})
with LocalCluster(n_workers=1) as cluster, Client(cluster) as client:
    client.submit(opened_there, path).result()
with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
    pool.submit(opened_there, path).result()
"""
    assert answers(recipe, folder) == [["zarr", "zarr", {}, None]] * 2


def test_there_is_a_test_for_each_recipe() -> None:
    """Catches a page that changed while the tests did not."""
    assert len(recipes()) == 6
