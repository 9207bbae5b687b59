"""Checks of the members of an array's document."""

from __future__ import annotations

from typing import Any

import pytest

from tests.crud.test_bad_documents import rectilinear, regular, v2_members
from tests.crud.test_document import document_members
from zarr.crud import DocumentError
from zarr.crud._document.checks import MAX_EDGES, MAX_EXTENT, MAX_RANK, check_array, shown


def of_rank(rank: int, extent: int = 1) -> dict[str, Any]:
    """A document with equal axes."""
    return document_members(shape=[extent] * rank, chunk_grid=regular(*[1] * rank))


@pytest.mark.parametrize(
    "members",
    [
        of_rank(0),
        of_rank(2, 0),
        of_rank(MAX_RANK),
        of_rank(1, MAX_EXTENT),
        v2_members(),
        v2_members(shape=[], chunks=[]),
        v2_members(dimension_separator="/"),
        document_members(dimension_names=["y", None]),
        document_members(more={"must_understand": False}),
    ],
)
def test_documents_at_the_limits_pass(members: dict[str, Any]) -> None:
    """Catches a limit that is one too low, or a shape of rank 0 taken for a missing member."""
    check_array(members)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (of_rank(MAX_RANK + 1), "`shape` has 65 axes"),
        (of_rank(1, MAX_EXTENT + 1), "`shape` has 9223372036854775808 on axis 0"),
        (document_members(shape=[7, -1]), "`shape` has -1 on axis 1"),
        (document_members(chunk_grid=regular(3)), "`chunk_grid` has 1 axes; `shape` has 2"),
        (v2_members(chunks=[3, 0]), "`chunks` has a chunk of length 0 on axis 1"),
        (v2_members(dimension_separator="-"), "`dimension_separator` is \"-\"; use '.' or '/'"),
        (document_members(dimension_names=["y"]), "use one name or null per axis: 2"),
        (document_members(more={"must_understand": True}), "`more` is unknown"),
        (document_members(more=1), "`more` is unknown"),
    ],
)
def test_a_document_beyond_a_limit_is_refused(members: dict[str, Any], words: str) -> None:
    """Catches a limit that is one too high, or a message about another member or axis."""
    with pytest.raises(DocumentError) as caught:
        check_array(members)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        ([3, 3, 1], None),
        ([[3, 2], 1], None),
        ([[4, 1], [2, 2]], None),
        ([[1, MAX_EDGES]], None),
        (4, None),
        ([[3, 2]], "has chunks for 6 of the 7 elements of axis 0"),
        ([], "has chunks for 0 of the 7 elements"),
        ([[1, MAX_EDGES + 1]], "lists more than 16777216 chunks"),
        ([9, -2], "has [9, -2] on axis 0"),
        ([[3, 2, 1]], "has [[3, 2, 1]] on axis 0"),
    ],
)
def test_runs_of_chunks_are_counted_and_not_listed(edges: Any, words: str | None) -> None:
    """Catches a run length taken for an extent, or a run that is expanded before the check."""
    members = document_members(shape=[7], chunk_grid=rectilinear(edges))
    if words is None:
        check_array(members)
        return
    with pytest.raises(DocumentError) as caught:
        check_array(members)
    assert words in str(caught.value)


def test_values_are_shortened_for_messages() -> None:
    """Catches a message that is as long as a document."""
    assert shown("a" * 78) == '"' + "a" * 78 + '"'
    assert shown(["b"] * 999) == str(["b"] * 99).replace("'", '"')[:77] + "..."
