"""Conversion of elements to the data type of the extension, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr.codecs import BytesCodec
from zarr.crud._document.cache import as_document
from zarr.crud._document.document import Document
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore
from zarr.zarrs._document import Conversion, prepare
from zarr.zarrs._dtype_conversion import converted_back, converted_out, converted_value

pytestmark = pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")

STRUCT = np.dtype([("a", "<i2"), ("b", "<f4")])


def viewed() -> Document:
    """An array whose elements the extension treats as plain bytes."""
    layout: dict[str, Any] = {"shape": (7, 5), "dtype": ">i2", "zarr_format": 2}
    return as_document(zarr.create_array(MemoryStore(), **layout).metadata)


def swapped() -> Document:
    """An array whose elements are stored in another byte order."""
    layout: dict[str, Any] = {"shape": (7, 5), "dtype": STRUCT}
    layout["serializer"] = BytesCodec(endian="big")
    return as_document(zarr.create_array(MemoryStore(), **layout).metadata)


@pytest.mark.parametrize("shape", [(), (0, 5), (7, 5)])
def test_plain_bytes_share_the_memory_of_their_elements(shape: tuple[int, ...]) -> None:
    """Catches a copy of a large array, or bytes that are not in their stored order."""
    document = viewed()
    prepared = document.derive(prepare)
    assert prepared.conversion is Conversion.VIEWED
    values = np.arange(35, dtype=">i2")[: np.prod(shape, dtype=int)].reshape(shape)
    given, out = converted_value(values, prepared), converted_out(values, prepared)
    assert out is not None
    for made in (given, out):
        assert made.dtype == prepared.dtype == np.dtype("V2")
        assert made.tobytes() == values.tobytes()
        assert np.shares_memory(made, values) or not values.size
    back = converted_back(given, document, None)
    assert_same(back, values)
    assert np.shares_memory(back, values) or not values.size
    assert converted_back(out, document, values) is values


@pytest.mark.parametrize("shape", [(), (0, 5), (7, 5)])
def test_a_cast_keeps_values_and_swaps_bytes(shape: tuple[int, ...]) -> None:
    """Catches only one of two fields swapped, or an `out` that is filled with swapped bytes."""
    document = swapped()
    prepared = document.derive(prepare)
    assert prepared.conversion is Conversion.CAST
    values = np.zeros(shape, STRUCT)
    values["a"], values["b"] = 258, 1.5
    given = converted_value(values, prepared)
    assert given.dtype == STRUCT.newbyteorder(">")
    assert given.tobytes() == b"\1\2\x3f\xc0\0\0" * values.size
    assert converted_out(values, prepared) is None
    assert_same(converted_back(given, document, None), values)
    out = np.zeros(shape, STRUCT)
    assert converted_back(given, document, out) is out
    assert_same(out, values)
