"""Selections of any dialect on the array of a document."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.test_bad_documents import rectilinear, v2_members
from tests.crud.test_document import document_members
from zarr.crud import Box, Outer, Points
from zarr.crud._document.cache import as_document
from zarr.crud._document.lower import lower

MASK = np.zeros((7, 5), bool)
MASK[6, 1] = MASK[2, 4] = True


@pytest.mark.parametrize("members", [document_members(), v2_members()], ids=["3", "2"])
@pytest.mark.parametrize(
    ("kind", "selection", "expected"),
    [
        ("basic", ..., Box(((0, 1, 7), (0, 1, 5)), (7, 5))),
        ("basic", (slice(6, None, -2), 1), Outer(((6, -2, 4), 1), (4,))),
        ("orthogonal", ([6, 0], slice(1, 3)), Outer(([6, 0], (1, 1, 2)), (2, 2))),  # type: ignore[arg-type]
        ("coordinate", ([6, 0], -1), Points(([6, 0], [4, 4]), (2,))),  # type: ignore[arg-type]
        ("mask", MASK, Points(([2, 6], [4, 1]), (2,))),  # type: ignore[arg-type]
        ("block", (-1, 0), Box(((6, 1, 1), (0, 1, 2)), (1, 2))),
    ],
)
def test_each_dialect_is_lowered_by_its_own_rules(
    members: dict[str, Any], kind: Any, selection: Any, expected: Any
) -> None:
    """Catches a dialect that is lowered by another's rules, or blocks that count as elements."""
    found = lower(as_document(members), selection, kind)
    assert type(found) is type(expected)
    assert found.shape == expected.shape
    assert [np.asarray(axis).tolist() for axis in found.axes] == [
        np.asarray(axis).tolist() for axis in expected.axes
    ]


def test_blocks_are_those_of_the_chunk_grid() -> None:
    """Catches blocks of one size where the grid has chunks of several sizes."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        document = as_document(document_members(chunk_grid=rectilinear([1, 4, 2], 5)))
        assert lower(document, 1, "block") == Box(((1, 1, 4), (0, 1, 5)), (4, 5))


def test_the_whole_array_is_lowered_once() -> None:
    """Catches the most frequent selection, lowered again at each call."""
    document = as_document(document_members())
    assert lower(document, ..., "basic") is lower(document, ..., "basic")


@pytest.mark.parametrize(("kind", "error"), [("points", ValueError), (None, TypeError)])
def test_there_is_no_other_dialect(kind: Any, error: type[Exception]) -> None:
    """Catches a misspelled dialect that is treated as the basic one."""
    with pytest.raises(error, match="'basic', 'orthogonal', 'coordinate', 'mask' or 'block'"):
        lower(as_document(document_members()), ..., kind)
