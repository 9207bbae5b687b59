"""The dialect from the types of a selection equals the one that upstream finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr._engine.calls.item_dialect import (
    block_dialect,
    item_dialect,
    outer_dialect,
    point_dialect,
)
from zarr._engine.routing.sync import DIALECTS
from zarr.core.indexing import BlockIndex, OIndex, VIndex
from zarr.storage import MemoryStore

SHAPES = ((), (4,), (7, 5), (2, 3, 4))
TELLERS = {
    "[]": item_dialect,
    "oindex": outer_dialect,
    "vindex": point_dialect,
    "blocks": block_dialect,
}
MASK = np.ones((7, 5), bool)
ITEMS: list[Any] = [
    0, 1, np.int64(1), True, slice(0, 2), slice(None, None, 2), ..., [0], [0, 1], [1, 0, 1], [],
    [True, False], [[0], [1]], np.array([0, 1]), np.array([[0], [1]]), np.array(1), 1.5, None, "f",
    np.array([0.5]), np.array([True, False, True, False]), [np.int64(0), 1], [0, 1.5], (0, 1),
    MASK, np.ones((2, 3, 4), bool), np.array([], int), range(2), zarr.ones((2,)),
]  # fmt: skip


def found_by_upstream(monkeypatch: pytest.MonkeyPatch, way: str, selection: Any, rank: int) -> Any:
    """The dialect of the method that upstream's own code calls; `None` if it raises."""
    array: Any = zarr.zeros(SHAPES[rank], chunks=2, store=MemoryStore())
    called: list[str] = []
    for dialect in DIALECTS:
        name = f"get_{dialect}_selection"
        monkeypatch.setattr(zarr.Array, name, lambda *_, d=dialect, **__: called.append(d))
    index: Any = {"oindex": OIndex, "vindex": VIndex, "blocks": BlockIndex}.get(way)
    native: Any = zarr.Array.__getitem__
    try:
        native.__wrapped__(array, selection) if index is None else index(array)[selection]
    except Exception:  # noqa: BLE001  # whatever upstream raises, it called no method
        return None
    return called[0]


@pytest.mark.parametrize("way", TELLERS)
@given(
    rank=st.integers(0, 3),
    items=st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3),
    alone=st.booleans(),
)
def test_what_is_told_is_what_upstream_finds(
    way: str, rank: int, items: list[Any], *, alone: bool
) -> None:
    """Catches a selection sent to the wrong dialect, which gives other elements or shapes."""
    selection = items[0] if alone else tuple(items)
    if isinstance(selection, tuple):
        items = list(selection)
    told = TELLERS[way](selection, SHAPES[rank])
    if told is not None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            found = found_by_upstream(monkeypatch, way, selection, rank)
        # Slices are the same in both; more integers than axes are refused in both.
        same = any(isinstance(item, slice) for item in items) or len(items) > rank
        assert found == told or (same and {found, told} == {"basic", "orthogonal"})


@pytest.mark.parametrize(
    ("way", "selection", "dialect"),
    [
        ("[]", ..., "basic"), ("[]", (2, 3), "orthogonal"), ("[]", MASK, "mask"),
        ("[]", ([1, 5], slice(2, 4)), "orthogonal"), ("[]", ([1, 5, 3], [0, 2, 4]), "coordinate"),
        ("oindex", ([1, 5], [0, 2]), "orthogonal"), ("oindex", (slice(2, 4), ...), "orthogonal"),
        ("vindex", ([1, 5], [0, 2]), "coordinate"), ("vindex", MASK, "mask"),
        ("blocks", (1, slice(0, 1)), "block"),
    ],
    ids=repr,
)  # fmt: skip
def test_the_plain_forms_are_told(way: str, selection: Any, dialect: str) -> None:
    """Catches a function that leaves everything to upstream, and so is never wrong."""
    assert TELLERS[way](selection, (7, 5)) == dialect
