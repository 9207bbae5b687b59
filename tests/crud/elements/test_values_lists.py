"""Values from Python: stored exactly if the array's data type can hold them, as NumPy does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.writers import WRITERS, append, four
from zarr.crud.testing import assert_same

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.parametrize("zarr_format", [2, 3]),
]

BIG = 2**63 + 5
PAIR = np.dtype([("a", "u8"), ("b", "S3"), ("c", "f4")])

VALUES: list[tuple[Any, list[Any]]] = [
    ("u8", [BIG, 7]),
    ("u8", [BIG, 1.5]),
    ("u8", [np.uint64(BIG), np.int64(7)]),
    ("i8", [2**62 + 1, -(2**63)]),
    ("i8", [2**53 + 1, 0.5]),
    ("u8", [True, BIG]),
    ("f8", [2**53 + 2, 2**70]),
    ("c16", [2**60, 1 + 2j]),
    ("?", [True, 0]),
    ("i2", [True, False]),
    ("M8[ns]", [2**62 + 1, 5]),
    ("M8[s]", [np.datetime64("2020-01-01T00:00:01"), np.datetime64("1970")]),
    ("M8[us]", [dt.datetime(2020, 1, 1, 0, 0, 0, 1), np.datetime64("NaT", "us")]),
    ("m8[ns]", [2**62 + 1, np.timedelta64(3, "s")]),
    ("m8[s]", [dt.timedelta(days=2), 5]),
    ("U3", ["abcdef", "é"]),
    ("U3", ["a", 12]),
    ("S3", [b"abcdef", "x"]),
    (np.dtypes.StringDType(), ["a\0", "x" * 50]),
    (np.dtypes.StringDType(), ["a", 1]),
    (PAIR, [(BIG, b"abcdef", 0.5), (7, b"", 2**70)]),
]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_list_is_converted_to_the_data_type_at_once(
    engine: str, zarr_format: int, writer: str
) -> None:
    """Catches integers above 2**53 or text that are first converted to NumPy's default type."""
    for dtype, value in VALUES:
        expected = np.zeros(2, dtype)
        expected[...] = value
        array = four(dtype, zarr_format, engine)
        WRITERS[writer](array, [value[:1], value[1:]] if writer == "vindex in rows" else value)
        assert_same(array[0:2], expected)


@pytest.mark.parametrize("writer", WRITERS)
def test_an_integer_that_the_data_type_cannot_hold_is_refused(
    engine: str, zarr_format: int, writer: str
) -> None:
    """Catches integers that wrap around, or a refusal after something was written."""
    for dtype, first in (("u8", 2**64), ("u8", -1), ("i1", 128), ("i8", BIG)):
        array = four(dtype, zarr_format, engine)
        with pytest.raises(OverflowError):
            WRITERS[writer](array, [first, 1.0])
        assert array.nchunks_initialized == 0


@pytest.mark.parametrize("route", ["append", "asynchronous append"])
def test_what_is_appended_is_converted_to_the_data_type_at_once(
    engine: str, zarr_format: int, route: str
) -> None:
    """Catches the same in an append, or an array that is extended by values that it cannot hold."""
    array = four("u8", zarr_format, engine)
    append(array, [BIG, 7], route)
    assert array[4:].tolist() == [BIG, 7]
    pairs = four(PAIR, zarr_format, engine)
    append(pairs, [(BIG, b"x", 1.0)], route)
    assert pairs[4:].tolist() == [(BIG, b"x", 1.0)]
    for value in ([2**64, 1], np.array([2**64, 1], object)):
        with pytest.raises(OverflowError):
            append(array, value, route)
        assert zarr.open_array(array.store).shape == array.shape == (6,)
