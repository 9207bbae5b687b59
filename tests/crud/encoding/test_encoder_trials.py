"""Trials of filters on a few elements."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

from zarr.crud._encoding.encoded_sizes import exactly
from zarr.crud._encoding.encoder_trials import tried
from zarr.crud._encoding.lossy_filters import Given, Handover


def given(dtype: str, shape: tuple[int, ...] = (7, 5), **more: Any) -> Given:
    """The input of a filter of format 2."""
    count = exactly(int(np.prod(shape, dtype=int)))
    return Given(np.dtype(dtype), shape, count, Handover.VIEWED, **more)


SCALED = numcodecs.FixedScaleOffset(offset=0, scale=1, dtype="<f8", astype="<i2")
AS_FLOAT = numcodecs.AsType(encode_dtype="<f8", decode_dtype="<i4")


@pytest.mark.parametrize(
    ("codec", "dtype", "shape", "made", "elements"),
    [
        (numcodecs.Delta("<i4"), "<i4", (7, 5), "<i4", 35),
        (numcodecs.Delta("<i4"), "<i4", (), "<i4", 1),
        (numcodecs.Delta("<i4", astype="<i8"), "<i4", (7,), "<i8", 7),
        (numcodecs.Delta("<i2"), "<i4", (7, 5), "<i2", 70),
        (numcodecs.PackBits(), "|b1", (7, 5), "|u1", 6),
        (numcodecs.PackBits(), "|b1", (8,), "|u1", 2),
        (SCALED, "<f8", (7, 5), "<i2", 35),
        (AS_FLOAT, "<i4", (7, 5), "<f8", 35),
    ],
)
def test_the_output_is_that_of_numcodecs(
    codec: Any, dtype: str, shape: tuple[int, ...], made: str, elements: int
) -> None:
    """Catches a wrong data type or number of elements, for which later codecs would be refused."""
    found = tried(codec, given(dtype, shape))
    assert found.refusal is None
    assert found.made is not None
    assert found.made.dtype == np.dtype(made)
    assert found.elements == exactly(elements)
    whole = np.asarray(codec.encode(np.zeros(shape, dtype)))
    assert whole.size == elements
    if len(shape) > 1:
        assert found.is_flat == (whole.ndim < len(shape))


@pytest.mark.parametrize(
    ("codec", "dtype", "words", "loses"),
    [
        (numcodecs.BitRound(keepbits=40), "<f4", "Keepbits too large", False),
        (numcodecs.Delta("|b1"), "|b1", "does not return the booleans", True),
        (numcodecs.Delta("<f4"), "<i4", "is declared for <f4, but gets <i4", True),
        (numcodecs.Delta("|S0"), "<i4", "have no bytes", False),
    ],
)
def test_a_filter_that_cannot_work_is_refused(
    codec: Any, dtype: str, words: str, loses: bool
) -> None:
    """Catches a filter that fails at the first chunk, or stores data that cannot be read."""
    refusal = tried(codec, given(dtype)).refusal
    assert refusal is not None
    assert words in refusal.reason
    assert refusal.loses is loses


@pytest.mark.parametrize("dtype", ["O", "V0", "S0"])
def test_elements_without_bytes_are_not_tried(dtype: str) -> None:
    """Catches a division by an item size of 0."""
    found = tried(numcodecs.Delta("<i4"), given(dtype))
    assert found.refusal is None
    assert found.made is None


def test_rounded_floats_may_be_integers() -> None:
    """Catches an output of `bitround` whose data type is treated as fixed: it may be integers."""
    rounded = tried(numcodecs.BitRound(keepbits=4), given("<f4"))
    assert rounded.made is not None
    assert {rounded.made.dtype, rounded.alias} == {np.dtype("<f4"), np.dtype("<i4")}


@pytest.mark.parametrize(
    ("after", "misread", "mistaken"),
    [("<i4", False, False), (">i4", True, False), ("<u4", False, True), ("<i2", True, True),
     ("<f8", True, True)],
)  # fmt: skip
def test_output_that_is_taken_for_another_data_type_is_noticed(
    after: str, misread: bool, mistaken: bool
) -> None:
    """Catches bytes that are stored in one data type and decoded as another."""
    found = tried(numcodecs.Delta("<i4"), given("<i4"))
    dtype = np.dtype(after)
    assert (found.misread(dtype) is not None) == misread
    assert (found.mistaken(dtype) is not None) == mistaken
    for refusal in (found.misread(dtype), found.mistaken(dtype)):
        assert refusal is None or (refusal.loses and "is int32, but is read as" in refusal.reason)
