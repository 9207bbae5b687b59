"""Documents in words."""

from __future__ import annotations

from typing import Any

import zarr
from zarr import crud
from zarr.crud._cli.described import chunks_of, dimensions_of, summary


def document(**members: Any) -> crud.Document:
    """The document of a new array."""
    store = zarr.storage.MemoryStore()
    zarr.create_array(store, **{"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"} | members)
    return crud.read_metadata(store)


def test_chunks_and_shards_are_told_apart() -> None:
    """Catches the shape of shards where that of chunks belongs."""
    assert chunks_of(document()) == ((3, 2), None, (3, 3))
    assert chunks_of(document(shards=(6, 4))) == ((3, 2), (6, 4), (2, 2))
    assert summary(document(shards=(6, 4))) == "7 x 5 int16, chunks 3 x 2, shards 6 x 4"


def test_dimensions_are_those_of_either_format() -> None:
    """Catches names that xarray keeps among the attributes."""
    assert dimensions_of(document(dimension_names=("y", None))) == ["y", None]
    old = document(zarr_format=2, attributes={"_ARRAY_DIMENSIONS": ["y", "x"]})
    assert dimensions_of(old) == ["y", "x"]
    assert dimensions_of(document(attributes={"_ARRAY_DIMENSIONS": 3})) == []
