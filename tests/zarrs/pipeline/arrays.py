"""Arrays that zarr opens with the codec pipeline, and the same without."""

from __future__ import annotations

from typing import Any

import numpy as np

import zarr
from tests.engine.indexers import LAYOUTS

NAME = "zarr.zarrs.ZarrsCodecPipeline"
VALUES = np.arange(35, dtype="i4").reshape(7, 5)


def opened(store: Any, path: str = "", **settings: Any) -> Any:
    """An array that was opened while the pipeline was configured."""
    keys = {f"codec_pipeline.{name}": value for name, value in settings.items()}
    with zarr.config.set({"codec_pipeline.path": NAME, **keys}):
        return zarr.open_array(store, path=path)


def both(store: Any, layout: str) -> tuple[Any, Any]:
    """One stored array, opened natively and with the pipeline."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        native: Any = zarr.create_array(
            store, name="some/array", shape=(7, 5), dtype="i4", **LAYOUTS[layout]
        )
        native[...] = VALUES
        return native, opened(store, "some/array")


def calls(before: dict[str, int]) -> dict[str, int]:
    """What the extension has done since."""
    now = zarr.zarrs.counters()
    verbs = ("read_region", "read_regions", "write_region", "write_regions")
    return {name: now[name] - before[name] for name in verbs if now[name] != before[name]}
