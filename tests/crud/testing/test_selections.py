"""Selections that the conformance suite draws, compared with zarr-python's own reads and writes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

import zarr
from tests.crud.testing.reached import reached
from zarr.crud.testing import Drawn, basic_selections, selections
from zarr.errors import NegativeStepError

VALUES = np.arange(35, dtype="i4").reshape(7, 5)
STARTS = (range(0, 7, 3), range(0, 5, 2))


def upstream(array: Any, drawn: Drawn) -> Any:
    """What zarr-python itself reads."""
    read = getattr(array, f"get_{drawn.kind}_selection")
    return np.asarray(read(drawn.selection))


@given(drawn=selections((7, 5), STARTS))
@settings(max_examples=30)
def test_the_places_are_those_of_the_elements_that_zarr_reads(drawn: Drawn) -> None:
    """Catches a wrong oracle, which would blame a backend for reading correctly."""
    array: Any = zarr.create_array({}, data=VALUES, chunks=(3, 2), compressors=None)
    # Zarr-python serves neither empty lists nor ranges nor negative steps.
    assume("[]" not in repr(drawn.selection) and not drawn.has_ranges)
    try:
        expected = upstream(array, drawn)
    except NegativeStepError:
        reject()
    assert drawn.of(VALUES).tolist() == expected.tolist()
    assert drawn.of(VALUES).shape == expected.shape


@given(data=st.data(), shape=st.sampled_from([(), (7,), (0,), (7, 0), (3, 1, 2)]))
@settings(max_examples=30)
def test_basic_selections_fit_the_shape(data: st.DataObject, shape: tuple[int, ...]) -> None:
    """Catches a selection that NumPy refuses."""
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    selection = data.draw(basic_selections(shape))
    drawn = Drawn("basic", selection, np.asarray(values[selection]))
    assert drawn.of(values).tolist() == np.asarray(values[selection]).tolist()


def test_the_last_of_several_values_for_one_element_is_kept() -> None:
    """Catches an order of repeated elements that NumPy does not have."""
    values = np.zeros((2, 2), int)
    Drawn("coordinate", None, np.array([3, 0, 3])).put(values, [1, 2, 5])
    assert values.tolist() == [[2, 0], [0, 5]]
    one = np.array("old", np.dtypes.StringDType())
    Drawn("basic", (), np.array(0)).put(one, np.array("a longer text than the old", one.dtype))
    assert one[()] == "a longer text than the old"


KINDS = ("basic", "orthogonal", "mask", "coordinate", "block")


def test_draws_reach_every_dialect_with_and_without_elements() -> None:
    """Catches a dialect that is never tested."""
    kinds: dict[str, Any] = {kind: lambda it, kind=kind: it.kind == kind for kind in KINDS}
    kinds["none"] = lambda it: it.places.size == 0
    kinds["ranges"] = lambda it: it.has_ranges and it.places.size > 2
    kinds["many"] = lambda it: it.places.size > 9
    assert reached(selections((7, 5), STARTS), kinds) == set(kinds)


@pytest.mark.parametrize(
    ("shape", "starts", "left_out"),
    [
        ((), (), {"coordinate"}),
        ((7,), None, {"block"}),
        ((7, 0), ([0], []), {"coordinate", "block"}),
    ],
)
def test_dialects_that_a_shape_lacks_are_not_drawn(
    shape: tuple[int, ...], starts: Any, left_out: set[str]
) -> None:
    """Catches a selection that no array of this shape has."""
    kinds: dict[str, Any] = {kind: lambda it, kind=kind: it.kind == kind for kind in KINDS}
    assert reached(selections(shape, starts), kinds, 40) == set(KINDS) - left_out
