"""Differences between documents, of either format."""

from __future__ import annotations

from typing import Any

import zarr
from zarr.crud._document.cache import as_document
from zarr.crud._verify.document_differences import between_documents


def kinds(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """In what the documents of two arrays differ that matters."""
    made = [
        as_document(
            zarr.create_array(
                {}, **{"shape": (4, 4), "chunks": (2, 2), "dtype": "i2"} | each
            ).metadata
        )
        for each in (one, other)
    ]
    return {found.kind for found in between_documents("", made[0], made[1]) if found.matters}


def test_names_of_dimensions_are_those_of_either_format() -> None:
    """Catches an archive that counts as changed because its format was."""
    older: dict[str, Any] = {"zarr_format": 2, "attributes": {"_ARRAY_DIMENSIONS": ["y", "x"]}}
    assert kinds(older, {"dimension_names": ["y", "x"]}) == set()
    assert kinds(older, {"dimension_names": ["x", "y"]}) == {"dimension-names"}
    assert kinds(older, {}) == {"dimension-names"}
    assert kinds({"zarr_format": 2}, {"dimension_names": [None, None]}) == set()


def test_what_a_reader_notices_matters() -> None:
    """Catches a difference that is taken for one of encoding."""
    assert kinds({"chunks": (4, 4), "compressors": None}, {"zarr_format": 2, "order": "F"}) == set()
    assert kinds({"dtype": ">i2", "zarr_format": 2}, {"dtype": "<i2"}) == set()
    assert kinds({"dtype": "u2"}, {}) == {"data-type"}
    assert kinds({"dtype": "f4", "fill_value": -0.0}, {"dtype": "f4"}) == {"fill-value"}
    assert kinds({"fill_value": None, "zarr_format": 2}, {}) == set()
    assert (
        kinds({"attributes": {"a": [1, {"b": 2}]}}, {"attributes": {"a": [1, {"b": 2}]}}) == set()
    )
    assert kinds({"attributes": {"a": 1}}, {"attributes": {"a": 1.5, "b": 1}}) == {"attributes"}
