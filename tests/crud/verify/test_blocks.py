"""Chunks, and the parts of large shards, that are decoded at a time."""

from __future__ import annotations

from itertools import islice
from math import prod

import numpy as np

import zarr
from zarr.crud._document.cache import as_document
from zarr.crud._streams.pieces import region_of
from zarr.crud._verify.blocks import LARGE, blocks_of, places_in, span_of, subchunks_of


def test_a_chunk_is_one_block() -> None:
    """Catches a chunk that is decoded several times."""
    document = as_document(zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata)
    (box,) = blocks_of(document, (2, 2), None)
    assert region_of(box) == (slice(6, 7), slice(4, 5))
    assert span_of(document, (0, 1)) == [(0, 3), (2, 4)]


def test_a_large_shard_is_divided_between_subchunks() -> None:
    """Catches memory of a whole shard, a subchunk in two blocks, or one in none."""
    subchunk = (64, 1000)
    array = zarr.create_array(
        {}, shape=(4100, 8000), chunks=(64, 1000), shards=(4096, 8000), dtype="f4"
    )
    document = as_document(array.metadata)
    boxes = [region_of(box) for box in blocks_of(document, (0, 0), subchunk)]
    assert len(boxes) > 1
    seen = np.zeros((64, 8), np.int64)
    for rows, columns in boxes:
        assert rows.start % 64 == columns.start % 1000 == 0
        assert prod((rows.stop - rows.start, columns.stop - columns.start)) * 4 <= LARGE
        seen[
            rows.start // 64 : -(-rows.stop // 64), columns.start // 1000 : -(-columns.stop // 1000)
        ] += 1
    assert (seen == 1).all()


def test_subchunks_of_a_shard_are_listed() -> None:
    """Catches subchunks of the neighbour."""
    array = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), shards=(6, 4), dtype="f4")
    found = subchunks_of(as_document(array.metadata), (0, 1), (3, 2))
    assert [region_of(box) for box in found] == [
        (slice(0, 3), slice(4, 5)),
        (slice(3, 6), slice(4, 5)),
    ]


def test_places_come_in_order() -> None:
    """Catches a place that is left out, and a list of all places."""
    for shape in ((), (3,), (2, 3), (2, 0, 3), (2, 1, 2)):
        assert list(places_in(shape)) == list(np.ndindex(shape))
    assert list(islice(places_in((10**9, 10**9)), 2)) == [(0, 0), (0, 1)]
