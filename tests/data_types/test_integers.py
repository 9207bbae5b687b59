"""Integers of 4 and 2 bits."""

from __future__ import annotations

import numpy as np
import pytest

import zarr
from tests.data_types.cases import INTEGERS, native, patterns
from zarr.dtype import parse_dtype


@pytest.mark.parametrize("name", INTEGERS)
def test_every_element_survives_a_document(name: str) -> None:
    """Catches a sign that is lost, or an integer that becomes a float."""
    made = parse_dtype(name, zarr_format=3)
    least, most = INTEGERS[name]
    for number, element in zip(range(least, most + 1), patterns(name), strict=True):
        assert made.to_json_scalar(element, zarr_format=3) == number
        found = made.from_json_scalar(number, zarr_format=3)
        assert np.array(found).tobytes() == np.array(element).tobytes()
        assert type(made.to_json_scalar(found, zarr_format=3)) is int


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_that_do_not_fit_are_refused(name: str) -> None:
    """Catches a fill value that wraps around, as `ml_dtypes` converts it."""
    made = parse_dtype(name, zarr_format=3)
    least, most = INTEGERS[name]
    for number in (least - 1, most + 1, 300, 1e30):
        with pytest.raises(ValueError, match=f"of data type '{name}'; use {least} to {most}"):
            made.from_json_scalar(number, zarr_format=3)
        with pytest.raises(ValueError, match=f"of data type '{name}'; use {least} to {most}"):
            zarr.create_array({}, shape=3, dtype=name, fill_value=number)


@pytest.mark.parametrize("given", ["1", "0x01", "NaN", True, None, [1], 1.5])
def test_what_is_no_integer_is_refused(given: object) -> None:
    """Catches a fill value of another data type."""
    with pytest.raises(TypeError, match="data type 'int4'"):
        parse_dtype("int4", zarr_format=3).from_json_scalar(given, zarr_format=3)  # type: ignore[arg-type]


def test_integers_of_other_types_are_cast() -> None:
    """Catches a fill value that must be a Python integer."""
    made = parse_dtype("int4", zarr_format=3)
    for given in (-2, -2.0, np.int64(-2), np.float32(-2), native("int2").type(-2)):
        assert made.cast_scalar(given) == native("int4").type(-2)
