"""Documents up to the end of their last chunks."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from zarr.crud._document.cache import as_document
from zarr.crud._verify.padded import padded


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_the_shape_covers_the_last_chunks(zarr_format: Any) -> None:
    """Catches bytes outside the array that are never decoded."""
    array = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2", zarr_format=zarr_format)
    found = padded(as_document(array.metadata))
    assert found.shape == (9, 6)
    assert found.chunk_grid.shape == (3, 3)
    whole = zarr.create_array({}, shape=(6, 4), chunks=(3, 2), dtype="i2")
    document = as_document(whole.metadata)
    assert padded(document) is document


def test_odd_grids_stay_as_they_are() -> None:
    """Catches a shape that no document may have, or edges that are not all alike."""
    huge = zarr.create_array({}, shape=(2**63 - 1,), chunks=(2**62 + 1,), dtype="u1")
    document = as_document(huge.metadata)
    assert padded(document) is document
    with zarr.config.set({"array.rectilinear_chunks": True}):
        ragged = zarr.create_array({}, shape=(7,), chunks=[[3, 4]], dtype="u1")
        document = as_document(ragged.metadata)
        assert padded(document) is document
    scalar = as_document(zarr.create_array({}, shape=(), dtype="u1").metadata)
    assert padded(scalar) is scalar
