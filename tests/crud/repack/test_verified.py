"""Whole arrays compared."""

from __future__ import annotations

import pytest

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
