"""Documents of the conformance suite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import zarr
from tests.crud.testing.reached import reached
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud.testing import Layout
from zarr.crud.testing._documents import (
    DOCUMENT,
    VALUES,
    chunk_starts,
    document_of,
    rectilinear_documents,
)


def test_every_byte_of_the_plain_array_is_its_own() -> None:
    """Catches a wrong byte that equals the right one, or an edge without a part outside."""
    document = as_document(DOCUMENT)
    assert VALUES.shape == document.shape == (7, 5)
    assert np.unique(VALUES).size == VALUES.size
    assert DOCUMENT["fill_value"] not in VALUES
    assert all(n % c for n, c in zip(document.shape, document.chunk_shape or (), strict=True))
    assert chunk_starts(document) == [range(0, 7, 3), range(0, 5, 2)]


@pytest.mark.parametrize(
    "keywords", [{"zarr_format": 2, "order": "F"}, {"shards": (4, 4)}, {"fill_value": 3}]
)
def test_the_document_of_a_layout_is_the_one_that_zarr_stores(keywords: dict[str, Any]) -> None:
    """Catches a keyword that is dropped, so that a layout is never tested."""
    layout = Layout((7, 5), (2, 2), np.dtype("i2"), keywords)
    store: dict[str, Any] = {}
    zarr.create_array(store, shape=(7, 5), chunks=(2, 2), dtype="i2", **keywords)
    assert document_of(layout) == crud.read_metadata(store)


@given(members=rectilinear_documents())
@settings(max_examples=20)
def test_drawn_documents_are_valid(members: dict[str, Any]) -> None:
    """Catches draws that every backend refuses, so that the tests pass without doing anything."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        document = as_document(members)
        starts = chunk_starts(document)
    assert len(starts) == len(document.shape)
    for axis, length in zip(starts, document.shape, strict=True):
        assert list(axis) == sorted(set(axis))
        assert all(0 <= start < length for start in axis)


def _edges(members: dict[str, Any]) -> list[Any]:
    found: list[Any] = members["chunk_grid"]["configuration"]["chunk_shapes"]
    return found


GRIDS: dict[str, Any] = {
    "shards": lambda it: it["codecs"][0]["name"] == "sharding_indexed",
    "no shards": lambda it: it["codecs"][0]["name"] == "bytes",
    "no elements": lambda it: 0 in it["shape"],
    "one extent for all": lambda it: any(isinstance(axis, int) for axis in _edges(it)),
    "chunks beyond the end": lambda it: any(
        isinstance(axis, list) and sum(axis) > n > 0
        for axis, n in zip(_edges(it), it["shape"], strict=True)
    ),
}


def test_draws_reach_every_kind_of_grid() -> None:
    """Catches a strategy that never draws what its name promises."""
    assert reached(rectilinear_documents(), GRIDS) == set(GRIDS)
