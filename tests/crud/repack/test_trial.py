"""Trials of codecs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import ARRAYS
from zarr.crud._document.cache import as_document
from zarr.crud._repack.formats import as_format3
from zarr.crud._repack.trial import mean_the_same, same_bits


@pytest.mark.parametrize("name", [name for name in ARRAYS if name.startswith("2")])
def test_equal_spellings_pass(name: str) -> None:
    """Catches a trial that fails for a reason of its own."""
    old = as_document(zarr.create_array({}, shape=(7, 5), **ARRAYS[name]).metadata)
    assert mean_the_same(old, as_document(as_format3(old)))


def test_another_byte_order_fails() -> None:
    """Catches a trial whose elements look alike in every byte order."""
    made: Any = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i4").metadata
    little = as_document(made)
    members: Any = dict(little)
    codecs = [{"name": "bytes", "configuration": {"endian": "big"}}, *members["codecs"][1:]]
    assert mean_the_same(little, little)
    assert not mean_the_same(little, as_document({**members, "codecs": codecs}))


def test_bits_are_compared_and_not_values() -> None:
    """Catches zeros of two signs, or two NaNs, that count as the same."""
    assert same_bits(np.array([1, 2], ">i4"), np.array([1, 2], "<i4"))
    assert not same_bits(np.array([0.0]), np.array([-0.0]))
    nan = np.array([0x7FC00001], "u4").view("f4")
    assert same_bits(nan, nan.astype(">f4"))
    assert not same_bits(nan, np.array([np.nan], "f4"))
    assert not same_bits(np.zeros(2), np.zeros((2, 1)))
    assert not same_bits(np.zeros(2, "i4"), np.zeros(2, "f4"))
    assert same_bits(np.array(["a", "b"], object), np.array(["a", "b"], "T"))
    assert same_bits(np.empty((0, 3)), np.empty((0, 3)))
