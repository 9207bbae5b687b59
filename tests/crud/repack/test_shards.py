"""Pieces of arrays and where they lie."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from tests.crud.repack.cases import make
from zarr import crud
from zarr.crud import Location
from zarr.crud._repack.ends import Ends
from zarr.crud._repack.shards import Shards
from zarr.storage import MemoryStore


def test_each_piece_is_in_one_stored_value() -> None:
    """Catches a piece that belongs to two shards, or to none."""
    source = MemoryStore()
    make("3-shards", source)
    shards = Shards.of(crud.read_metadata(source, path="a"))
    assert shards.limit == (3, 3)
    for piece in product(range(3), range(3)):
        value = shards.value_of(piece)
        first, count = shards.first(value), shards.pieces(value)
        inside = zip(piece, first, count, strict=True)
        assert all(f <= at < f + n for at, f, n in inside)


def test_a_part_has_the_pieces_of_a_region_in_stored_order() -> None:
    """Catches pieces outside of the region, or bytes of another piece."""
    source = MemoryStore()
    make("3-shards", source, sparse=False)
    document = crud.read_metadata(source, path="a")
    shards = Shards.of(document)
    ends = Ends.of(Location(source, "a"), Location(MemoryStore(), ""))
    value = ends.opened("c/0/0")
    assert value is not None
    where: Any = {"key": "a/c/0/0", "store": source}
    part = shards.part((0, 0), value, "c/0/0", (0, 1), (2, 3), **where)
    assert sorted(map(tuple, part.places.tolist())) == [(0, 0), (1, 0)]
    assert (np.diff(part.offsets) > 0).all()
    whole = shards.part((0, 0), value, "c/0/0", (0, 0), (3, 3), **where)
    assert whole.nbytes.sum() == value.size - 68
