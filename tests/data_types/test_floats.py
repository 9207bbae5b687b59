"""Fill values of floating-point data types, bit for bit."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.data_types.cases import FLOATS, native, patterns, word
from zarr._data_types.floats import Float


def conversions(name: str) -> Float:
    spec = FLOATS[name]
    nan, infinity = spec.nan is not None, spec.infinity is not None
    return Float(name, native(name), spec.bits, nan, infinity, has_sign="e8" not in name)


def some_patterns(name: str) -> npt.NDArray[Any]:
    """All elements; of the 65,536 of bfloat16 one in 13, and all NaNs of one sign."""
    every = patterns(name)
    return every if len(every) < 1000 else np.concatenate([every[::13], every[0x7F80:0x8000]])


@pytest.mark.parametrize("name", FLOATS)
def test_every_element_survives_a_document(name: str) -> None:
    """Catches a NaN that loses its bits, a zero that loses its sign, or a rounded number."""
    floats, every = conversions(name), some_patterns(name)
    spelled = [json.loads(json.dumps(floats.to_json(one, 3))) for one in every]
    found = np.array([floats.from_json(one) for one in spelled], every.dtype)
    assert found.tobytes() == every.tobytes()


@pytest.mark.parametrize("name", FLOATS)
def test_every_element_is_read_by_its_bits(name: str) -> None:
    """Catches hexadecimal bits that are converted through another type."""
    floats, every = conversions(name), some_patterns(name)
    digits = 2 * every.dtype.itemsize
    found = [floats.from_json(f"0x{bits:0{digits}x}") for bits in word(every).tolist()]
    assert np.array(found, every.dtype).tobytes() == every.tobytes()


@pytest.mark.parametrize("name", FLOATS)
def test_names_have_the_specified_bits(name: str) -> None:
    """Catches another NaN, or an infinity or a NaN where the data type has none."""
    floats, spec = conversions(name), FLOATS[name]
    sign = 1 << (spec.bits - 1)
    negative = None if spec.infinity is None else spec.infinity | sign
    for spelled, bits in (
        ("NaN", spec.nan),
        ("Infinity", spec.infinity),
        ("-Infinity", negative),
    ):
        if bits is None:
            with pytest.raises(ValueError, match=f"data type '{name}' has no (NaN|infinity)"):
                floats.from_json(spelled)
        else:
            assert floats.bits_of(floats.from_json(spelled)) == bits
            assert floats.to_json(floats.of_bits(bits), 3) == spelled


@pytest.mark.parametrize("name", [name for name, spec in FLOATS.items() if spec.nan])
def test_a_nan_that_was_computed_is_the_standard_one(name: str) -> None:
    """Catches the sign of 0/0, which depends on the processor, in a document."""
    floats = conversions(name)
    for nan in (float("nan"), -float("nan")):
        assert floats.to_json(floats.of_number(nan), 3) == "NaN"


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize(
    "given", ["0x", "0x1", "0xzz", "0x+1", "0x_1", "0x1_", "0x 1", "nan", "1.5", "", "inf"]
)
def test_other_text_is_refused(name: str, given: str) -> None:
    """Catches text that Python's conversions would accept."""
    with pytest.raises((TypeError, ValueError), match=f"data type '{name}'"):
        conversions(name).from_json(given)


@pytest.mark.parametrize("given", [True, None, [1.0], {"a": 1}])
def test_what_is_no_number_is_refused(given: Any) -> None:
    """Catches a fill value of another data type."""
    with pytest.raises(TypeError, match="is not a fill value of data type 'bfloat16'"):
        conversions("bfloat16").from_json(given)


def test_bits_without_a_meaning_are_refused_and_dropped() -> None:
    """Catches an element that `ml_dtypes` reads as another one: it looks at those bits."""
    floats = conversions("float4_e2m1fn")
    with pytest.raises(ValueError, match="which has 4 bits; use 2 hexadecimal digits, up to 0x0f"):
        floats.from_json("0x17")
    assert floats.to_json(np.array([0x17], "u1").view(floats.dtype)[0], 3) == 6.0


def test_numbers_are_rounded_to_the_nearest() -> None:
    """Catches numbers that are cut off."""
    assert conversions("bfloat16").to_json(conversions("bfloat16").of_number(1.3), 3) == 1.296875
    assert conversions("float8_e4m3fn").of_number(1.3) == 1.25
    assert conversions("float8_e5m2").of_number(1e30) == float("inf")
    assert conversions("float4_e2m1fn").of_number(1e30) == 6


def test_powers_of_two_have_no_zero_and_no_sign() -> None:
    """Catches a NaN as the default fill value of float8_e8m0fnu, which has no zero."""
    floats = conversions("float8_e8m0fnu")
    assert floats.bits_of(floats.of_number(0)) == 0
    assert floats.bits_of(floats.of_number(2.0**-127)) == 0
    with pytest.raises(ValueError, match="has no negative numbers"):
        floats.of_number(-1)


def test_format_2_has_one_nan() -> None:
    """Catches bits in a document of a format that has no spelling for them."""
    floats = conversions("bfloat16")
    assert floats.to_json(floats.of_bits(0x7FC1), 2) == "NaN"
    assert floats.to_json(floats.of_bits(0x7FC1), 3) == "0x7fc1"
