"""The engine in `info` and `repr`."""

from __future__ import annotations

import numpy as np

import zarr
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def test_the_engine_is_shown(engine: str) -> None:
    """Catches an engine that is not shown, or a native array that is shown differently."""
    native = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))
    ours = native.with_engine(engine)
    assert repr(ours) == repr(native).removesuffix(">") + f" engine={engine}>"
    assert "engine" not in repr(native)
    for summary in (ours.info, ours.info_complete()):
        assert repr(summary).endswith(f"Engine             : {engine}")
    assert "Engine" not in repr(native.info)
    assert repr(ours.async_array).endswith(f"engine={engine}>")
