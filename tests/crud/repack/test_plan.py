"""Sums over the arrays of a plan, and what tells plans apart."""

from __future__ import annotations

from tests.crud.repack.cases import make
from zarr import crud
from zarr.storage import MemoryStore


def test_sums_are_those_of_the_arrays() -> None:
    """Catches an array that is not counted, or memory that is added although arrays take turns."""
    source = MemoryStore()
    for name in ("a", "b"):
        make("3", source, name)
    plan = crud.repack_plan(source, MemoryStore(), compressors=())
    assert plan.bytes_decoded == sum(each.bytes_decoded for each in plan.arrays) > 0
    assert plan.bytes_moved == sum(each.bytes_moved or 0 for each in plan.arrays)
    assert plan.peak_memory == max(each.peak_memory for each in plan.arrays)


def test_the_digest_tells_plans_apart() -> None:
    """Catches a repack that is resumed with other arguments, or of another source."""
    source, other, twin = MemoryStore(), MemoryStore(), MemoryStore()
    make("3", source)
    make("3-raw", other)
    make("3", twin)
    target = MemoryStore()
    plans = [
        crud.repack_plan(source, target, path="a"),
        crud.repack_plan(source, target, path="a", shards=(6, 4)),
        crud.repack_plan(source, target, path="a", compressors=()),
        crud.repack_plan(source, target, path="a", region=slice(0, 3)),
        crud.repack_plan(source, target, path="a", region=slice(3, 6)),
        crud.repack_plan(other, target, path="a"),
        crud.repack_plan(twin, target, path="a"),
    ]
    assert len({plan.digest for plan in plans}) == len(plans)
    assert plans[0].digest == crud.repack_plan(source, target, path="a", max_memory=1 << 20).digest
