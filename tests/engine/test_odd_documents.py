"""Unusual documents that zarr accepts."""

from __future__ import annotations

from typing import Any

import numpy as np

import zarr
from zarr.crud.testing import assert_same


def test_names_of_dimensions_do_not_matter(engine: str) -> None:
    """Catches an error for a name with half a surrogate pair, which UTF-8 parsers refuse."""
    array: Any = zarr.create_array(
        {}, shape=(7, 5), chunks=(3, 2), dtype="i2", dimension_names=("\ud800", ""), engine=engine
    )
    array[...] = 3
    assert_same(array[...], np.full((7, 5), 3, "i2"))
