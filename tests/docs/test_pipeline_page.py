"""The page on the codec pipeline: its code runs, and it lists the settings."""

from __future__ import annotations

import logging
import re
from dataclasses import fields
from pathlib import Path

import pytest

import zarr
from zarr.zarrs._pipeline.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "pipeline.md"


@pytest.fixture
def _undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The page configures zarr, and writes where it is."""
    monkeypatch.chdir(tmp_path)
    logger = logging.getLogger("zarr.zarrs")
    before = list(logger.handlers)
    with zarr.config.set({}):
        path = zarr.config.get("codec_pipeline.path")
        yield
        zarr.config.set({"codec_pipeline.path": path})
    logger.handlers[:] = before


@pytest.mark.usefixtures("_undone")
def test_the_code_of_the_page_runs() -> None:
    """Catches a stale example, or a result that is another."""
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(code) == 4
    exec("\n".join(code), {})


def test_every_setting_has_a_row() -> None:
    """Catches a setting that is followed and not described."""
    rows = re.findall(r"^\| `([\w.]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len(fields(Settings)) + 2
    assert {"codec_pipeline.path", "array.write_empty_chunks"} < set(rows)
