"""Layouts: totals, maps, and objects that cannot be changed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from tests.crud.layout.layouts import ragged, shards


def test_totals_are_those_of_the_stored_chunks() -> None:
    """Catches missing chunks that count as stored, or a ratio upside down."""
    found = ragged()
    assert found.grid == (3, 3)
    assert (found.chunks, found.stored_chunks, found.missing_chunks) == (9, 4, 5)
    assert found.stored_nbytes == 4 * 12
    assert found.compression_ratio == 1.0
    assert found.indices.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert (found.subchunks, found.dead_nbytes, found.dead_total) == (None, None, None)


def test_the_map_has_sizes_and_gaps() -> None:
    """Catches a missing chunk that looks like an empty one."""
    found = ragged().chunk_map()
    nan = np.nan
    expected = [[12, 12, nan], [12, 12, nan], [nan] * 3]
    assert np.array_equal(found, expected, equal_nan=True)
    binned = ragged().chunk_map(most=2)
    assert np.array_equal(binned, [[12, nan], [nan, nan]], equal_nan=True)
    assert ragged().chunk_map((1, 0), most=1).tolist() == [[12.0]]


def test_a_layout_cannot_be_changed() -> None:
    """Catches a map that no longer fits its totals."""
    found = ragged()
    with pytest.raises(FrozenInstanceError):
        found.path = "x"  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        found.nbytes[0] = 0


def test_dead_bytes_are_added_up() -> None:
    """Catches the mark of a damaged index that is subtracted."""
    found, _, _ = shards()
    assert found.dead_total == 0
    assert found.subchunks is not None
    assert found.subchunks.tolist() == [4, 2, 2, 1]
    assert found.subchunks_per_shard == 4


def test_text_and_notebook_show_it() -> None:
    """Catches a `repr` of arrays."""
    found = ragged()
    assert repr(found) == str(found)
    assert "4 of 9 chunks" in str(found)
    assert "<svg" in found._repr_html_()
