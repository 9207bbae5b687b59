"""The plan of an array."""

from __future__ import annotations

from tests.crud.repack.cases import make
from zarr import crud
from zarr.storage import MemoryStore


def test_parts_of_a_plan_have_only_what_they_need() -> None:
    """Catches a task that carries the whole plan, or another block."""
    source = MemoryStore()
    make("3", source)
    array = crud.repack_plan(source, MemoryStore(), path="a", compressors=()).arrays[0]
    part = array.of_units([(0, 0)], {(0, 1): 5})
    assert (part.units, part.stored) == (((0, 0),), {(0, 1): 5})
    assert array.block is not None
    assert array.of_chunks().block is None
    assert array.grid_size == 9
    assert not array.splits
    make("3-shards", source, "s")
    assert crud.repack_plan(source, MemoryStore(), path="s", shards=False).arrays[0].splits
