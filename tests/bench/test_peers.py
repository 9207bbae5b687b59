"""The other libraries do the work themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

import zarr
from bench import peers, run
from bench.cells import Cell
from bench.timing import measure
from tests.bench.cases import RAGGED


def test_steps_are_refused_by_those_that_have_none(tmp_path: Path) -> None:
    """Catches a peer that is credited with the work of another library that it calls."""
    steps = Cell("steps", "region", RAGGED, ((slice(None, None, 3), slice(1, None, 2)),))
    measured = measure(steps, run.EVERYBODY, 1, tmp_path)
    assert set(measured.refused) == {"floor", "zarrs-python", "zarrista"}


def test_inactive_pipeline_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a peer that silently runs upstream's default pipeline."""
    RAGGED.create(tmp_path / "a", filled=True)
    array = zarr.open_array(tmp_path / "a", engine="zarr")
    monkeypatch.setattr(zarr, "open_array", lambda *args, **kwargs: array)
    with pytest.raises(RuntimeError, match=r"BatchedCodecPipeline, not .*FusedCodecPipeline"):
        peers.Fused(tmp_path / "a")


def test_our_pipeline_is_told_from_its_namesake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a benchmark of the pipeline that measures zarrs-python, or the other way round."""
    RAGGED.create(tmp_path / "a", filled=True)
    ours, theirs = peers.ZarrsPipeline(tmp_path / "a"), peers.ZarrsPython(tmp_path / "a")
    assert ours.ours
    assert (peers.ZarrsPipeline,) == peers.PIPELINES
    monkeypatch.setattr(zarr, "open_array", lambda *args, **kwargs: theirs.array)
    with pytest.raises(RuntimeError, match=r"the pipeline is zarrs\.Zarrs"):
        peers.ZarrsPipeline(tmp_path / "a")
    monkeypatch.setattr(zarr, "open_array", lambda *args, **kwargs: ours.array)
    with pytest.raises(RuntimeError, match=r"the pipeline is zarr\.zarrs\.Zarrs"):
        peers.ZarrsPython(tmp_path / "a")
