"""The demo runs on real data, and each of its checks can fail."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import zarr
from zarr import crud

FOLDER = Path(__file__).parents[2] / "examples/land_mask"
MODULES = [file.stem for file in FOLDER.glob("*.py")]


@pytest.fixture(scope="module")
def demo() -> Iterator[ModuleType]:
    """The demo's main module, imported as a script imports its siblings."""
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("land_mask")
    sys.path.remove(str(FOLDER))
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def world(demo: ModuleType) -> Any:
    """The real mask, thinned."""
    return demo.load_world(5)


@pytest.fixture
def run(demo: ModuleType, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the demo on the thinned mask without drawing; return its exit code."""
    monkeypatch.setattr(demo, "load_world", lambda thin: world)
    monkeypatch.setattr(demo, "save_picture", lambda *args: None)
    monkeypatch.setattr(demo, "ROUNDS", 1)
    return lambda: demo.main(["--keep", str(tmp_path)])


def replace_crud(monkeypatch: pytest.MonkeyPatch, demo: ModuleType, **functions: Any) -> None:
    monkeypatch.setattr(demo, "crud", SimpleNamespace(**{**vars(crud), **functions}))


@pytest.mark.slow
def test_demo_runs_and_stores_the_real_mask(tmp_path: Path) -> None:
    """Catches a demo that passes its own checks on data that nobody else can read."""
    (tmp_path / "mine.txt").write_text("stays")
    command = [
        sys.executable,
        str(FOLDER / "land_mask.py"),
        "--thin",
        "5",
        "--keep",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "28.9%" in done.stdout
    assert (tmp_path / "mine.txt").read_text() == "stays"
    group = zarr.open_group(tmp_path / "world.zarr", mode="r")
    land = group["land"]
    assert isinstance(land, zarr.Array)
    assert land.metadata.dimension_names == ("lat", "lon")  # type: ignore[union-attr]
    # The share of cells in the package's own array: unweighted, so larger than the share of the
    # Earth.
    assert np.asarray(land[...]).mean() == pytest.approx(1 - 0.66824, abs=1e-3)
    with Image.open(tmp_path / "world.png") as picture:
        assert picture.width > 1000
        assert len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0)) > 1000


def test_demo_passes_when_nothing_is_wrong(run: Any) -> None:
    """Catches a check that always fails, so that the tests below prove nothing."""
    assert run() == 0


def test_second_run_replaces_the_first(run: Any) -> None:
    """Catches a run that fails because of its own earlier output."""
    assert (run(), run()) == (0, 0)


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_wrong_cell_fails_the_demo(
    engine: str, run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Catches answers that are compared with each other but not with the source."""

    def read_region(*args: Any, **kwargs: Any) -> Any:
        found: Any = crud.read_region(*args, **kwargs)
        if kwargs["engine"] == engine and found.ndim == 2:
            found[-1, -1] ^= True
        return found

    replace_crud(monkeypatch, demo, read_region=read_region)
    assert run() == 1
    assert f"{engine} through zarr.crud differs from the source" in capsys.readouterr().err


def test_lost_write_fails_the_demo(
    run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Catches a band that was never written, in a part of the world that no question covers."""

    def write_region(metadata: Any, store: Any, selection: Any, *args: Any, **kwargs: Any) -> None:
        if selection != slice(720, 1440):
            crud.write_region(metadata, store, selection, *args, **kwargs)

    replace_crud(monkeypatch, demo, write_region=write_region)
    assert run() == 1
    assert "rows 720 to 1440 were not read as they were written" in capsys.readouterr().err


def test_engine_that_did_not_serve_fails_the_demo(
    run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Catches a Python engine that answers for the Rust one."""

    def read_region(*args: Any, **kwargs: Any) -> Any:
        return crud.read_region(*args, **{**kwargs, "engine": "reference"})

    replace_crud(monkeypatch, demo, read_region=read_region)
    assert run() == 1
    assert "Rust served 0 reads of 1 by zarrs" in capsys.readouterr().err


def test_answer_that_no_atlas_gives_fails_the_demo(
    run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Catches cells that are read correctly but placed or weighted wrongly."""
    monkeypatch.setattr(sys.modules["world"], "EARTH_RADIUS_KM", 6800.0)
    assert run() == 1
    assert "How large is Iceland?" in capsys.readouterr().err
