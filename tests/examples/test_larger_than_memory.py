"""The example of streams runs, its checks can fail, and it keeps to its memory."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[2] / "examples" / "larger_than_memory"
SMALL = ["--mebibytes", "160", "--ahead", "8", "--thin", "5"]


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The example's main module, imported as a script imports its siblings."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    yield importlib.import_module("larger_than_memory")
    for name in set(sys.modules) - before:
        if str(FOLDER.parent) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.slow
def test_the_example_runs_within_its_memory(tmp_path: Path) -> None:
    """Catches a stream that keeps what it has read or written, and wrong results."""
    command = [sys.executable, str(FOLDER / "larger_than_memory.py"), *SMALL]
    done = subprocess.run(
        [*command, "--keep", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    sizes = re.findall(r"streamed: (\d+) MiB in .*, with (\d+) MiB more memory", done.stdout)
    assert [int(size) for size, _ in sizes] == [160, 35]
    assert int(sizes[0][1]) < 100
    # The share of cells of the whole mask: every fifth has nearly the same.
    (mean,) = re.findall(r"the land mask: .* mean ([\d.]+),", done.stdout)
    assert float(mean) == pytest.approx(1 - 0.66824, abs=1e-3)
    assert len(re.findall(r"dask: ", done.stdout)) == 2


def test_a_wrong_element_fails_the_example(
    example: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Catches results that are compared with each other but not with the source."""
    real = crud.iter_chunks

    def wrong(*args: Any, **kwargs: Any) -> Any:
        for number, (region, values) in enumerate(real(*args, **kwargs)):
            yield region, values + (number == 3)

    monkeypatch.setattr(crud, "iter_chunks", wrong)
    monkeypatch.setattr(example, "summarize_land", lambda *_: True)
    assert example.main(["--mebibytes", "32", "--keep", str(tmp_path)]) == 1
    assert "FAILED: the field, streamed" in capsys.readouterr().err


def test_a_summary_is_that_of_numpy(example: ModuleType) -> None:
    """Catches a histogram that is shifted, or an extreme of the last piece alone."""
    values = np.random.default_rng(3).integers(5, 4000, (64, 50)).astype("u2")
    summary = sys.modules["summary"].Summary(4096)
    for rows in np.split(values, 4):
        summary.add(rows)
    assert summary.mean == values.mean()
    assert (summary.least, summary.most) == (values.min(), values.max())
    counts, _ = np.histogram(values, 16, (0, 4096))
    assert summary.histogram.tolist() == counts.tolist()
