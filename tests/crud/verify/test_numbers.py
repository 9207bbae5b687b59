"""Elements as numbers: by their bits, whatever their byte order."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from zarr.crud._verify.numbers import dtype_name, mixed, numbers_of


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u2", "i4", "f4", "f8", "c8", "c16", "S5", "U3", "M8[s]", "f2", "V3"]
)
def test_numbers_do_not_depend_on_the_byte_order(dtype: str) -> None:
    """Catches a digest that differs between a big-endian archive and its copy."""
    native = np.arange(1, 40).astype("u1").repeat(16)[: 16 * 32].tobytes()
    size = np.dtype(dtype).itemsize
    one = (
        np.frombuffer(native[: size * (len(native) // size // 8)], dtype)
        if dtype != "?"
        else (np.array([True, False]))
    )
    if dtype.startswith("U"):
        one = np.array(["a", "bcd", "é"], dtype)
    other = one.astype(one.dtype.newbyteorder(">")) if dtype != "V3" else one
    assert np.array_equal(numbers_of(one), numbers_of(other))
    assert dtype_name(one.dtype) == dtype_name(other.dtype)


def test_zero_bytes_have_the_number_0_and_others_differ() -> None:
    """Catches equal numbers of -0.0 and 0.0, or of two NaNs, or of words in another order."""
    nans = np.array([0x7FF8000000000000, 0x7FF8000000000001, 0xFFF8000000000000], "u8").view("f8")
    floats = np.concatenate([[0.0, -0.0, 1.0], nans])
    found = numbers_of(floats)
    assert found[0] == 0
    assert len(set(found.tolist())) == len(floats)
    for dtype in ("u1", "u2", "f4", "c16", "S9", "U2", "V3"):
        assert numbers_of(np.zeros(2, dtype)).tolist() == [0, 0]
    pairs = np.array([1 + 2j, 2 + 1j, 1 + 0j, 0 + 1j])
    assert len(set(numbers_of(pairs).tolist())) == 4


def test_gaps_between_fields_do_not_count() -> None:
    """Catches a number that depends on memory that no field uses."""
    gap = np.dtype(
        {"names": ["a", "b"], "formats": ["u1", "<i4"], "offsets": [0, 4], "itemsize": 8}
    )
    one = np.full(24, 255, "u1").view(gap)
    one["a"], one["b"] = 1, 2
    packed = np.array([(1, 2)] * 3, [("a", "u1"), ("b", ">i4")])
    assert numbers_of(one).tolist() == numbers_of(packed).tolist()
    assert dtype_name(one.dtype) == dtype_name(packed.dtype)


def test_texts_are_equal_in_each_form() -> None:
    """Catches strings that differ as objects and as NumPy's strings, or an object that fails."""
    texts = ["", "a", "é" * 30]
    as_objects = np.array(texts, dtype=object)
    as_strings = np.array(texts, dtype=np.dtypes.StringDType())
    assert numbers_of(as_objects).tolist() == numbers_of(as_strings).tolist()
    assert numbers_of(as_objects)[0] == 0
    odd = np.empty(2, dtype=object)
    odd[0], odd[1] = [1, 2], b"bytes"
    assert len(set(numbers_of(odd).tolist())) == 2


def test_the_shape_stays_and_the_array_is_not_changed() -> None:
    """Catches a mix in place in the caller's own memory."""
    given: Any = np.arange(12, dtype="u8").reshape(3, 4)[:, ::2]
    before = given.copy()
    assert numbers_of(given).shape == (3, 2)
    assert np.array_equal(given, before)
    assert numbers_of(np.zeros((), "f8")).shape == ()
    assert len(set(mixed(np.arange(1000, dtype="u8")).tolist())) == 1000


def test_names_are_the_same_in_both_formats() -> None:
    """Catches a name that says nothing, or depends on the machine."""
    assert dtype_name(np.dtype(">i4")) == dtype_name(np.dtype("<i4")) == "<i4"
    assert dtype_name(np.dtype("O")) == "object"
    assert dtype_name(np.dtypes.StringDType()) == "string"
    assert dtype_name(np.dtype(ml_dtypes.bfloat16)) == "bfloat16"
    assert dtype_name(np.dtype("V3")) == "|V3"
