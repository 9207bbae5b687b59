"""Our engines do the work themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

import zarr
from bench.engines import ArrayZarrs
from tests.bench.cases import RAGGED


def test_inactive_engine_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zarr without the seams, which takes the keyword and ignores it."""
    RAGGED.create(tmp_path / "a", filled=True)
    array = zarr.open_array(tmp_path / "a", engine="zarr")
    monkeypatch.setattr(zarr, "open_array", lambda *args, **kwargs: array)
    with pytest.raises(RuntimeError, match=r"the engine is 'zarr', not 'zarrs'"):
        ArrayZarrs(tmp_path / "a")
