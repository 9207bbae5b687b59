"""Elements compared."""

from __future__ import annotations

import pytest

from tests.crud.repack.cases import make
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._repack.compared import comparer
from zarr.crud._repack.ends import Ends
from zarr.storage import MemoryStore


def test_the_chunk_with_other_elements_is_named() -> None:
    """Catches a difference that is not found, or is found in another chunk."""
    source, target = MemoryStore(), MemoryStore()
    make("3-raw", source, sparse=False)
    plan = crud.repack_plan(source, target, path="a", target_path="t", chunks=(2, 2))
    plan.run()
    compare = comparer(
        plan.arrays[0], Ends.of(plan.source, plan.target), "reference", DEFAULT_OPTIONS
    )
    compare((0, 0))
    data = bytearray(target._store_dict["t/c/2/1"].to_bytes())
    data[0] ^= 1
    target._store_dict["t/c/2/1"] = Buffer.from_bytes(bytes(data))
    with pytest.raises(crud.MismatchError, match="'t/c/2/1'"):
        compare((0, 0))
