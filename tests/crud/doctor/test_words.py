"""Sizes, times and arrays in a few characters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.doctor.arrays import ragged
from zarr import crud
from zarr.crud._doctor import words


@pytest.mark.parametrize(("nbytes", "text"), [
    (0, "0 B"), (999, "999 B"), (1000, "0.977 KiB"), (1 << 20, "1 MiB"), (1 << 70, "1,024 EiB"),
])  # fmt: skip
def test_sizes_have_a_unit(nbytes: int, text: str) -> None:
    """Catches a size of the wrong power."""
    assert words.size(nbytes) == text


def test_an_array_is_one_line() -> None:
    """Catches a layout that is not described."""
    assert words.array(ragged(zarr_format=2, compressors=None).document) == (
        "7 x 5 <i8, 280 B, in 9 chunks of 3 x 2, 48 B; no codecs"
    )
    assert words.array(ragged(shards=(6, 4)).document).endswith(
        "in 4 shards of 6 x 4, 192 B with chunks of 3 x 2; sharding_indexed(bytes, zstd)"
    )


@pytest.mark.parametrize(
    ("zarr_format", "dtype", "text"),
    [
        (2, "<M8[10ns]", "<M8[10ns]"),
        (
            2,
            [("a", "<i4"), ("b", [("c", "S3"), ("d", ">f8")])],
            "struct(a: <i4, b: struct(c: |S3, d: >f8))",
        ),
        (3, "<i4", "int32"),
        (3, "U5", "fixed_length_utf32(length_bytes: 20)"),
        (3, "M8[10ns]", "numpy.datetime64(unit: ns, scale_factor: 10)"),
        (
            3,
            [("a", "<i4"), ("b", "S3")],
            "struct(a: int32, b: null_terminated_bytes(length_bytes: 3))",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:.*does not have a Zarr V3 specification")
def test_a_data_type_is_one_line(zarr_format: Any, dtype: Any, text: str) -> None:
    """Catches the JSON of a document where a person reads."""
    array = zarr.create_array({}, shape=4, dtype=np.dtype(dtype), zarr_format=zarr_format)
    assert words.data_type(crud.read_metadata(array.store)) == text
