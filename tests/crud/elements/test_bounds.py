"""Integers that do not fit in those of `ml_dtypes`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.data_types.cases import FLOATS, INTEGERS, native
from zarr.crud._elements.bounds import check_bounds


@pytest.mark.parametrize("name", INTEGERS)
def test_an_integer_that_does_not_fit_is_refused(name: str, engine: Any) -> None:
    """Catches an integer that wraps around, although NumPy refuses it for int8."""
    least, most = INTEGERS[name]
    array = zarr.create_array({}, shape=(3, 2), dtype=name, fill_value=1, engine=engine)
    for number in (least - 1, most + 1, 300, 1 << 70):
        for value in (number, [0, number], [[0, 1], [1, number], [0, 0]]):
            with pytest.raises(OverflowError, match=f"integer {number} out of bounds for {name}"):
                array[...] = value
    assert (array[...] == native(name).type(1)).all()
    array[...] = [[least, most]] * 3
    assert np.asarray(array[...]).astype(int).tolist() == [[least, most]] * 3


def test_what_is_no_python_integer_is_cast_as_numpy_does() -> None:
    """Catches an array or a float that is refused, although it was converted before."""
    values: list[Any] = [np.array([300]), np.int64(300), 1.5, [0.5], True, "text", None]
    for value in values:
        check_bounds(value, native("int4"))
    for name in FLOATS:
        check_bounds(10**30, native(name))
    check_bounds(300, np.dtype("i1"))
