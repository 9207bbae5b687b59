"""Chunks of the fill value that are stored in place of a deletion."""

from __future__ import annotations

from typing import Any

import numpy as np
import obstore
import pytest

import zarr
from zarr.storage import ObjectStore

PAIR = np.dtype([("a", "f4"), ("b", "i2")])
QUIET = np.frombuffer(b"\x01\x00\xc0\x7f", "<f4")[0]
SIGNALING = np.frombuffer(b"\x01\x00\x80\x7f", "<f4")[0]

FILLS: dict[str, tuple[Any, Any]] = {
    "quiet NaN": ("f4", QUIET),
    "signaling NaN": ("f4", SIGNALING),
    "big-endian NaN": (">f4", QUIET),
    "negative zero": ("f8", -0.0),
    "complex": ("c8", complex(-0.0, float("nan"))),
    "no time": ("M8[s]", np.datetime64("NaT", "s")),
    "text": ("U4", "ab"),
    "bytes": ("S4", b"ab"),
    "raw": ("V3", b"abc"),
    "structure": (PAIR, np.array((QUIET, 3), PAIR)[()]),
    "big-endian": (">i8", 2**60),
    "bool": ("?", True),
}


@pytest.mark.filterwarnings("ignore:.*:zarr.errors.UnstableSpecificationWarning")
@pytest.mark.parametrize("engine", ["reference", "zarrs"])
@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("fill", FILLS)
def test_a_stored_fill_value_has_every_bit(engine: Any, zarr_format: Any, fill: str) -> None:
    """Catches a fill value that is converted on its way into a chunk."""
    dtype, value = FILLS[fill]
    inner = obstore.store.MemoryStore()
    array = zarr.create_array(
        ObjectStore(inner),
        shape=(8,),
        chunks=(4,),
        dtype=dtype,
        fill_value=value,
        zarr_format=zarr_format,
        engine=engine,
    )
    before = np.asarray(array[...])
    array[1] = np.zeros((), before.dtype)[()]
    array[1] = before[1]
    chunks = [meta["path"] for meta in obstore.list(inner).collect() if "z" not in meta["path"]]
    assert chunks == ["0" if zarr_format == 2 else "c/0"]
    assert np.asarray(array[...]).tobytes() == before.tobytes()
