"""Filters and compressors of format 2, one after another."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest
from numcodecs.abc import Codec  # type: ignore[import-untyped]

from zarr.crud._encoding.unwritable_format2 import unwritable_filters


class Foreign(Codec):  # type: ignore[misc]
    """A codec of another library."""

    codec_id = "foreign"

    def encode(self, buf: Any) -> Any:
        raise AssertionError("not to be tried")

    decode = encode


def delta(dtype: str) -> Any:
    return numcodecs.Delta(dtype)


def shuffle(size: int) -> Any:
    return numcodecs.Shuffle(elementsize=size)


RIGHT: list[tuple[list[Any], tuple[int, ...], str]] = [
    ([], (3, 2), "<i4"),
    ([], (), "O"),
    ([delta("<i4"), shuffle(4), numcodecs.Zlib()], (3, 2), "<i4"),
    ([delta("<i4")], (), "<i4"),
    ([delta("<u2")], (3, 2), "<i4"),
    ([numcodecs.CRC32(), shuffle(4)], (3, 2), "<i4"),
    ([numcodecs.CRC32(), numcodecs.CRC32(), shuffle(16)], (2,), "<i4"),
    ([numcodecs.Zlib(), shuffle(1)], (3, 2), "<i4"),
    ([numcodecs.PackBits(), shuffle(2)], (2, 2), "?"),
    ([Foreign(), shuffle(4), delta("<f4"), numcodecs.Zlib()], (3, 5), "<i2"),
    ([numcodecs.VLenUTF8()], (2**31 - 1,), "O"),
    ([numcodecs.LZ4()], (0x7E000000,), "u1"),
    ([numcodecs.Zlib(), numcodecs.LZ4()], (2**31,), "u1"),
]
WRONG: list[tuple[list[Any], tuple[int, ...], str, str, bool]] = [
    ([delta("<f4")], (3, 2), "<i4", "is declared for <f4, but gets <i4", True),
    ([delta("<i4"), delta("<f4")], (3, 2), "<i4", "is declared for <f4, but gets <i4", True),
    ([shuffle(5)], (3, 2), "<i4", "cannot encode 24 bytes with elementsize 5", False),
    ([numcodecs.Zlib(), shuffle(4)], (3, 2), "<i4", "cannot encode every chunk", False),
    ([numcodecs.Zlib(), delta("<i4")], (3, 2), "<i4", "of the 4 bytes of <i4", False),
    ([numcodecs.CRC32(), shuffle(8)], (2,), "<i4", "cannot encode 12 bytes", False),
    ([numcodecs.VLenUTF8(), shuffle(4)], (2,), "O", "cannot encode every chunk", False),
    ([numcodecs.VLenUTF8()], (2, 2**30), "O", "at most 2147483647 elements", False),
    ([numcodecs.LZ4()], (0x7E000001,), "u1", "at most 2113929216 bytes", False),
    ([numcodecs.BZ2(10)], (2,), "<i4", "it takes 1 to 9", False),
    ([Foreign(), numcodecs.BZ2(10)], (2,), "<i4", "it takes 1 to 9", False),
]


@pytest.mark.parametrize(("codecs", "shape", "dtype"), RIGHT)
def test_chains_that_encode_are_not_refused(
    codecs: list[Any], shape: tuple[int, ...], dtype: str
) -> None:
    """Catches a wrong size or data type that is passed on from one codec to the next."""
    assert unwritable_filters(codecs, shape, np.dtype(dtype), "C") is None


@pytest.mark.parametrize(("codecs", "shape", "dtype", "words", "loses"), WRONG)
def test_the_first_codec_that_cannot_encode_is_named(
    codecs: list[Any], shape: tuple[int, ...], dtype: str, words: str, loses: bool
) -> None:
    """Catches a chain that fails or loses data at some chunk, or sizes from the wrong codec."""
    found = unwritable_filters(codecs, shape, np.dtype(dtype), "C")
    assert found is not None
    assert words in found.reason
    assert found.loses is loses


def test_the_order_of_elements_decides_what_can_be_viewed() -> None:
    """Catches a filter of narrower elements where the order in memory allows no such view."""
    for order, is_encoded in (("C", True), ("F", False)):
        found = unwritable_filters([delta("<u2")], (3, 2), np.dtype("<i4"), order)
        assert (found is None) is is_encoded
