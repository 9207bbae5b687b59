"""The sample is read in every way and compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.crud.doctor.arrays import ragged
from zarr import crud
from zarr.crud._doctor.compared import compared, is_same
from zarr.crud._doctor.timing import Clock
from zarr.crud.reference import ReferenceBackend


def test_all_ways_are_compared_and_counted() -> None:
    """Catches a way that is left out."""
    array = ragged()
    ways, elements = compared(array.document, array.location, array.sample(), Clock(60))
    assert np.array_equal(elements, array.stored[...])
    by_name = {way.name: way for way in ways}
    assert by_name["zarr"].same is None
    for name in ("zarr, fused", "reference", "zarrs"):
        assert (by_name[name].same, by_name[name].requests) == (True, 9)
        assert by_name[name].rounds >= 1
    assert by_name["zarrista"].seconds is None
    assert by_name["zarrista"].reason


class Wrong(ReferenceBackend):
    """An engine that reads one element wrong."""

    name = "wrong"

    def read_region(self, *args: Any, **options: Any) -> Any:
        found = super().read_region(*args, **options)
        found[-1, -1] += 1
        return found


class Failing(ReferenceBackend):
    """An engine that fails."""

    name = "failing"

    def read_region(self, *args: Any, **options: Any) -> Any:
        raise RuntimeError("it fails")


def test_a_wrong_element_is_found_and_a_failure_is_told() -> None:
    """Catches an engine whose result nobody looks at, and one that ends everything."""
    array = ragged()
    with crud.register_backend(Wrong), crud.register_backend(Failing):
        report = crud.doctor(array.location.store, max_seconds=60)
    by_name = {way.name: way for way in report.ways}
    assert not report.ok
    assert by_name["wrong"].same is False
    assert by_name["zarrs"].same is True
    assert by_name["failing"].reason == "RuntimeError: it fails"
    assert "DIFFERENT" in str(report)


def test_the_time_ends() -> None:
    """Catches a measurement without an end."""
    array = ragged()
    ways, elements = compared(array.document, array.location, array.sample(), Clock(-1))
    assert elements is None
    assert {way.reason for way in ways if way.reason} >= {"the time was up"}


@pytest.mark.parametrize(("one", "other", "same"), [
    (np.array([0.0]), np.array([-0.0]), False),
    (np.array([np.nan]), np.array([np.nan]), True),
    (np.array([1], ">i2"), np.array([1], "<i2"), True),
    (np.array([1]), np.array([1, 1]), False),
    (np.array(["a"], object), np.array(["a"], np.dtypes.StringDType()), True),
    (np.float64(1), np.array(1.0), True),
    (np.zeros((0, 3)), np.zeros((0, 3)), True),
])  # fmt: skip
def test_bits_are_compared(one: Any, other: Any, same: bool) -> None:
    """Catches values that only compare equal, and equal ones of another form."""
    assert is_same(one, other) is same
