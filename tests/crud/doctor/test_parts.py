"""The parts of a read, each alone."""

from __future__ import annotations

import numpy as np

from tests.crud.doctor.arrays import ragged
from zarr.crud._doctor.parts import parts_of


def test_all_parts_are_measured() -> None:
    """Catches a part that is missing, or stored bytes that are counted twice."""
    array = ragged(compressors=None)
    found = array.fetched()
    assert all(time is not None and time > 0 for time in vars(found.parts).values())
    assert (found.missing, found.looked_at) == (0, 9)
    assert found.stored_nbytes(9) == 9 * 6 * 8


def test_missing_chunks_are_counted() -> None:
    """Catches a missing chunk that ends the measurement."""
    array = ragged()
    array.stored[0:3, 0:2] = 0
    found = array.fetched()
    assert (found.missing, found.looked_at) == (1, 9)


def test_large_shards_are_not_fetched() -> None:
    """Catches a shard of gigabytes that is fetched for its first rows."""
    array = ragged(shards=(9, 6))
    values = np.asarray(array.stored[...])
    found = parts_of(array.document, array.location, array.sample(), values, 100, 10)
    assert found.parts.open > 0
    assert found.parts.fetch is None
    assert found.stored_nbytes(1) is None
