"""Costs in plans; the oracle is what is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.crud.repack.cases import VALUES, make
from zarr import crud
from zarr.crud._archives.keys import MARKER
from zarr.crud._repack.planning import regions_met
from zarr.crud._repack.ways import Case
from zarr.storage import MemoryStore


@pytest.mark.parametrize("wanted", [{}, {"shards": (6, 4)}, {"zarr_format": 2}])
def test_a_plan_counts_bytes_and_requests(wanted: Any) -> None:
    """Catches a plan that promises less than is done."""
    held = MemoryStore()
    make("3", held)
    target = MemoryStore()
    plan = crud.repack_plan(held, target, path="a", **wanted)
    array = plan.arrays[0]
    assert array.chunks == len(array.stored) == 5
    values = [held._store_dict[f"a/c/{r}/{c}"] for r, c in array.stored]
    assert array.bytes_moved == sum(map(len, values))
    assert plan.bytes_decoded == 0
    plan.run()
    written = [
        key for key in target._store_dict if key not in ("zarr.json", ".zarray", ".zattrs", MARKER)
    ]
    assert array.requests == 5 + len(written)


def test_a_listing_that_tells_no_sizes_is_no_zero(store: Any) -> None:
    """Catches a sum of some sizes that is taken for that of all."""
    make("3", store)
    plan = crud.repack_plan(store, MemoryStore(), path="a")
    knows = type(store).__name__ != "AsyncOnlyStore"
    assert (plan.bytes_moved is not None) == knows
    assert ("?" in str(plan)) == (not knows)


def test_decoded_bytes_are_counted_with_repetitions() -> None:
    """Catches a plan that hides that chunks are decoded again and again."""
    source = MemoryStore()
    make("3", source, sparse=False)
    large = crud.repack_plan(source, MemoryStore(), path="a", chunks=(2, 5))
    assert large.bytes_decoded == 9 * 6 * 4
    small = crud.repack_plan(source, MemoryStore(), path="a", chunks=(2, 5), max_memory=200)
    assert small.bytes_decoded > large.bytes_decoded
    assert "times" in small.arrays[0].reason
    assert small.peak_memory <= 200


def test_parts_that_nothing_meets_are_left_out() -> None:
    """Catches missing chunks for which work is planned."""
    source = MemoryStore()
    make("3", source)
    array = crud.repack_plan(source, MemoryStore(), path="a", chunks=(1, 5)).arrays[0]
    case = Case(array.source, array.target, array.origin)
    met = regions_met(case, array.stored, lambda axis, position: int(axis.chunk_of(position)))
    assert met == ((0, 0), (1, 0), (2, 0), (6, 0))
    assert VALUES.shape == array.target.shape
