"""Strict comparisons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr.crud.testing import assert_same, bits, fill_of

TEXT = np.dtypes.StringDType()


def of_bits(*words: int) -> Any:
    return np.array(words, "u4").view("f4")


SAME: list[tuple[Any, Any]] = [
    (np.arange(3), np.arange(3)),
    (np.arange(6).reshape(2, 3)[:, ::-1], np.arange(6).reshape(2, 3)[:, ::-1].copy()),
    (of_bits(0x7FC00001), of_bits(0x7FC00001)),
    (np.zeros((0, 3)), np.zeros((0, 3))),
    (np.array("ab", "U5")[()], np.array("ab", "U5")),
    (np.array(b"ab", "S5")[()], np.array(b"ab", "S5")),
    ("ab", np.array("ab", TEXT)),
    (b"ab", np.array(b"ab", object)),
    (np.array(1, ">i4")[()], np.array(1, ">i4")),
    (np.array(["a", "b"], TEXT), np.array(["a", "b"], TEXT)),
]
OTHER: list[tuple[Any, Any]] = [
    (np.arange(3), np.arange(1, 4)),
    (np.arange(3), np.arange(3)[None]),
    (np.arange(3, dtype="i4"), np.arange(3, dtype="i8")),
    (np.arange(3, dtype=">i4"), np.arange(3, dtype="<i4")),
    (of_bits(0x7FC00001), of_bits(0x7FC00002)),
    (of_bits(0), of_bits(0x80000000)),
    (np.zeros((0, 3)), np.zeros((3, 0))),
    (np.array(["a", "b"], TEXT), np.array(["a", "c"], TEXT)),
    (np.array([b"a"], object), np.array(["a"], object)),
    (np.array("ab", "U5")[()], np.array("ac", "U5")),
    (np.array(1, "i4")[()], np.array(1, "i8")),
    (np.array(["ab"], "U2"), np.array(["ab"], "U5")),
]


@pytest.mark.parametrize(("found", "expected"), SAME)
def test_equal_bits_pass(found: Any, expected: Any) -> None:
    """Catches a failure because of strides, NaNs, or the form of a scalar."""
    assert_same(found, expected)
    assert bits(expected) == bits(np.array(expected))


@pytest.mark.parametrize(("found", "expected"), OTHER)
def test_anything_else_fails(found: Any, expected: Any) -> None:
    """Catches a comparison by number, which equates `-0.0` and 0, or across data types."""
    with pytest.raises(AssertionError, match="expected array"):
        assert_same(found, expected)


@pytest.mark.parametrize(
    ("dtype", "fill", "expected"), [("i4", None, 0), ("i4", 7, 7), ("S3", None, b"")]
)
def test_null_stands_for_the_default(dtype: str, fill: Any, expected: Any) -> None:
    """Catches a `None` as the expected element of missing chunks."""
    array = zarr.create_array({}, shape=1, dtype=dtype, zarr_format=2, fill_value=fill)
    assert fill_of(array.metadata) == expected
