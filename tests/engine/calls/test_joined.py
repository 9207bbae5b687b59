"""Indexers of a known class, by the slices that they join."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine.calls.test_projected import ROWS
from tests.engine.indexers import LAYOUTS, VALUES, Joined, arrays, ask
from zarr._engine.calls import projected
from zarr._engine.calls.joined import is_joined, lowered_slices
from zarr._engine.calls.projected import lowered_projections
from zarr.core.indexing import BasicIndexer
from zarr.crud._document.cache import as_document
from zarr.crud.testing import assert_same

KNOWN = {"__module__": "annbatch.utils", "__qualname__": "MultiBasicIndexer"}


def known(**members: Any) -> Any:
    """Return a class with the name of the known one."""
    return type("MultiBasicIndexer", (Joined,), KNOWN | members)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_slices_and_lists_of_chunk_parts_agree(layout: str) -> None:
    """Catches other ranges or other columns by slices than by chunks."""
    native, _ = arrays(layout, "zarrs")
    document = as_document(native.metadata)
    for rows in (ROWS, [(0, 7)], [(3, 3), (2, 5), (5, 6)], [(6, 7), (0, 1)]):
        for others in [(), (slice(1, 4),)]:
            indexer = Joined(native, rows, *others)
            found = lowered_slices(document, indexer)
            assert found is not None
            assert found == lowered_projections(document, indexer)


def test_a_known_class_is_listed_only_the_first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the list of all chunk parts, which takes longer than most reads."""
    listed: list[int] = []

    def __iter__(self: Any) -> Any:
        listed.append(1)
        return Joined.__iter__(self)

    kind = known(__iter__=__iter__)
    assert is_joined(kind)
    assert not is_joined(Joined)
    native, ours = arrays("shards", "zarrs")
    wanted = np.concatenate([VALUES[slice(*pair)] for pair in ROWS])
    assert_same(ask(ours, kind(native, [(2, 6)])), VALUES[2:6])
    for _ in range(3):
        assert_same(ask(ours, kind(native, ROWS)), wanted)
    # Each look tells first whether it can be listed twice.
    assert len(listed) == 4
    monkeypatch.setattr(projected, "lowered_projections", None)
    assert_same(ask(ours, kind(native, ROWS)), wanted)


def test_a_class_of_that_name_with_another_order_is_not_trusted() -> None:
    """Catches rows in the order of the slices, where the class says another."""

    class Reversed(Joined):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.shown = self.indexers
            self.indexers = self.indexers[::-1]

        def __iter__(self) -> Any:
            other = Joined.__new__(Joined)
            other.__dict__.update(self.__dict__, indexers=self.shown)
            return iter(other)

    kind = type("MultiBasicIndexer", (Reversed,), KNOWN)
    native, ours = arrays("format 3", "zarrs")
    wanted = np.concatenate([VALUES[slice(*pair)] for pair in ROWS])
    for _ in range(2):
        assert_same(ask(ours, kind(native, ROWS)), wanted)


def test_other_slices_than_of_the_first_axis_are_left() -> None:
    """Catches steps, integers, other columns for each range, and another array's shape."""
    native, _ = arrays("format 3", "zarrs")
    document = as_document(native.metadata)
    grid = native._async_array._chunk_grid

    def of(shape: tuple[int, ...], *selections: Any, length: int = 7) -> Any:
        joined = Joined(native, ROWS)
        joined.indexers = [BasicIndexer(one, (length, 5), grid) for one in selections]
        joined.shape = shape
        return lowered_slices(document, joined)

    assert of((3, 5), slice(0, 2), slice(4, 5)) is not None
    for shape, selections in [
        ((2, 5), (slice(0, 2, 2), slice(4, 5))),
        ((3, 2), ((slice(0, 2), slice(0, 2)), (slice(4, 5), slice(1, 3)))),
        ((3, 3), ((slice(0, 2), slice(0, 5, 2)), (slice(4, 5), slice(0, 5, 2)))),
        ((3,), ((slice(0, 2), 1), (slice(4, 5), 1))),
        ((4, 5), (slice(0, 2), slice(4, 5))),
        ((0, 5), (slice(2, 2), slice(3, 3))),
        ((0, 5), ()),
    ]:
        assert of(shape, *selections) is None, selections
    assert of((3, 5), slice(0, 2), slice(4, 5), length=6) is None
