"""Whole arrays compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import make
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._repack.ends import Ends
from zarr.crud._repack.verified import verify_array
from zarr.storage import MemoryStore


def test_chunks_that_come_from_nothing_are_found() -> None:
    """Catches a chunk of the target where the source has none, which no comparison reads."""
    source, target = MemoryStore(), MemoryStore()
    make("3-raw", source)
    plan = crud.repack_plan(source, target, path="a")
    plan.run(verify=True)
    target._store_dict["c/1/0"] = Buffer.from_bytes(bytes(24))
    ends = Ends.of(plan.source, plan.target)
    what = plan.arrays[0], ends, plan, DEFAULT_OPTIONS
    small = crud.repack_plan(source, target, path="a", max_memory=400, overwrite=True)
    with pytest.raises(crud.MismatchError, match="'c/1/0' is stored"):
        verify_array(small.arrays[0], ends, small, DEFAULT_OPTIONS, keep_going=False)
    del target._store_dict["c/1/0"]
    assert verify_array(*what, keep_going=False) == []


@pytest.mark.parametrize("wanted", [{}, {"chunks": (64, 64)}])
def test_memory_that_is_too_little_to_verify_is_found_out_first(wanted: Any) -> None:
    """Catches an error after everything was written, or after the old target was deleted."""
    source, target = MemoryStore(), MemoryStore()
    values = np.arange(64 * 64, dtype="f8").reshape(64, 64)
    zarr.create_array(source, data=values, chunks=(64, 64))
    make("3", target)
    before = dict(target._store_dict)
    given: Any = {"compressors": (), "overwrite": True, "max_memory": 140_000, **wanted}
    with pytest.raises(crud.DecodedSizeError, match="verify=True holds"):
        crud.repack(source, target, verify=True, **given)
    assert target._store_dict == before
    assert crud.repack(source, target, **given).ok
