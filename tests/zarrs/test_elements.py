"""Elements that the extension treats as plain bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zarr.zarrs._elements import opaque


@pytest.mark.parametrize(
    ("dtype", "stored"),
    [
        ("<i2", [2, 1]),
        (">i2", [1, 2]),
        (">f4", [0x43, 0x81, 0, 0]),
        ("i2, >i2", [2, 1, 1, 2]),
        ("<M8[s]", [2, 1, *[0] * 6]),
        ("<U1", [50, 0, 0, 0]),
        ("S3", [50, 53, 56]),
        ("?", [1]),
    ],
)
@pytest.mark.parametrize("given_order", ["<", ">"])
def test_a_fill_element_has_the_byte_order_of_the_data_type(
    dtype: str, stored: list[int], given_order: Any
) -> None:
    """Catches missing chunks that read differently from stored ones with the same fill value."""
    kind = np.dtype(dtype)
    fill = np.full((), 258, "i8").astype(kind).astype(kind.newbyteorder(given_order))
    assert opaque(kind, fill) == {
        "data_type": {"name": "opaque", "configuration": {"size": len(stored)}},
        "fill_value": stored,
    }


def test_the_bits_of_a_nan_are_kept() -> None:
    """Catches a fill value that is converted, and then differs from what is stored."""
    fill = np.array(0x7FC12345, ">u4").view(">f4")
    assert opaque(fill.dtype, fill)["fill_value"] == [0x7F, 0xC1, 0x23, 0x45]
