"""Data types, fill values and chunks of the fill value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zarr.zarrista._elements import fill_json, is_fill, is_opaque, native


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        (np.array(True), True),
        (np.array(-3, ">i2"), -3),
        (np.array(2**64 - 1, "u8"), 2**64 - 1),
        (np.array(0x7F800001, "u4").view("f4"), "0x7f800001"),
        (np.array(-0.0, ">f8"), "0x8000000000000000"),
        (np.array(complex(1, -0.0), "c8"), ["0x3f800000", "0x80000000"]),
        (np.array("NaT", "M8[ns]"), -(2**63)),
        (np.array(5, ">m8[10s]"), 5),
    ],
)
def test_a_fill_value_keeps_every_bit(fill: Any, expected: Any) -> None:
    """Catches a payload, a sign or a large integer that is lost on its way to the library."""
    assert fill_json(fill) == expected


def test_a_chunk_of_the_fill_value_is_told_by_its_bytes() -> None:
    """Catches a -0.0 that is dropped as 0.0, or a NaN that is not recognized as the fill value."""
    zeros = np.zeros((2, 3), "f4")
    assert is_fill(zeros, np.float32(0).tobytes())
    assert not is_fill(-zeros, np.float32(0).tobytes())
    nans = np.full(4, np.nan)
    assert is_fill(nans, np.float64(np.nan).tobytes())
    assert is_fill(np.array(7, "i2"), np.int16(7).tobytes())


def test_the_byte_order_is_the_machines() -> None:
    """Catches elements of the library that are read in the order of the document."""
    assert native(np.dtype(">i4")).isnative
    assert native(np.dtype(">M8[10s]")) == np.dtype("=M8[10s]")


def test_elements_of_a_fixed_size_may_be_plain_bytes() -> None:
    """Catches pointers that are stored as bytes."""
    for dtype in ("S3", "U2", "V5", [("a", "i2"), ("b", "S3")]):
        assert is_opaque(np.dtype(dtype))
    for dtype in ("O", "T", [("a", "O")], "S0", "i4"):
        assert not is_opaque(np.dtype(dtype))
