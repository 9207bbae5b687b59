"""Floating-point data types of zarr."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.data_types.cases import FLOATS, native, patterns, word
from zarr._data_types.real import BFloat16, Float8E4M3FN
from zarr.dtype import parse_dtype


@pytest.mark.parametrize("name", FLOATS)
def test_a_fill_value_of_the_data_type_keeps_its_bits(name: str) -> None:
    """Catches a NaN, as an element of the data type, that becomes the standard one."""
    every = patterns(name)
    for one in every[:: max(1, len(every) // 16)]:
        array = zarr.create_array({}, shape=2, dtype=name, fill_value=one)
        found: Any = zarr.open_array(array.store)[...]
        assert found.dtype == native(name)
        assert word(found).tolist() == [int(np.array([one]).view(word(found).dtype)[0])] * 2


def test_numbers_of_other_types_are_cast() -> None:
    """Catches a fill value that must be a Python number."""
    made = Float8E4M3FN()
    for given in (1, 1.0, True, np.float32(1), np.int64(1), BFloat16().cast_scalar(1)):
        assert made.cast_scalar(given) == native("float8_e4m3fn").type(1)
    for wrong in (1j, None, [1], object()):
        with pytest.raises(TypeError):
            made.cast_scalar(wrong)


def test_only_words_have_a_byte_order() -> None:
    """Catches `endian` in the document of a data type of one byte, and none in another."""
    for name in FLOATS:
        array = zarr.create_array({}, shape=3, dtype=name)
        members: Any = array.metadata.to_dict()
        codec = members["codecs"][0]
        assert ("configuration" in codec) == (name == "bfloat16"), name
    assert parse_dtype("bfloat16", zarr_format=3) == BFloat16(endianness="little")
