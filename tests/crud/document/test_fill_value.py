"""Fill values keep every bit between JSON and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr.crud._document.fill_value import exact_json, fill_of

pytestmark = pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")

PAIR = np.dtype([("a", "<f4"), ("b", "<c8"), ("c", "<i2")])


def bits_of(dtype: Any, given: Any, zarr_format: Any = 3) -> bytes:
    """The bytes of the element for a fill value in a document."""
    metadata = zarr.create_array({}, shape=1, dtype=dtype, zarr_format=zarr_format).metadata
    value, element = fill_of(metadata, given)
    assert element.shape == (1,)
    assert element.dtype == np.dtype(dtype)
    assert np.array(value, dtype).tobytes() == element.tobytes()
    return element.tobytes()


@pytest.mark.parametrize(
    ("dtype", "given", "bits"),
    [
        ("<f4", "0x7fa00001", "0100a07f"),
        (">f4", "0x7fa00001", "7fa00001"),
        ("<f2", "NaN", "007e"),
        (">f8", float("nan"), "7ff8000000000000"),
        ("<f8", "0xfff0000000000001", "010000000000f0ff"),
        ("<c8", ["0x7fa00001", "0xffc00002"], "0100a07f0200c0ff"),
        ("<c8", [0.0, "0x7fa00001"], "000000000100a07f"),
        (">c8", ["NaN", "0x7fa00001"], "7fc000007fa00001"),
        (PAIR, {"a": "NaN", "b": ["0x7fa00001", "NaN"], "c": 0}, "0000c07f0100a07f0000c07f0000"),
    ],
)
def test_the_element_has_the_bits_of_the_document(dtype: Any, given: Any, bits: str) -> None:
    """Catches a signaling NaN that becomes quiet, or parts after the first NaN that are lost."""
    assert bits_of(dtype, given, 3 if isinstance(dtype, np.dtype) else 2).hex() == bits


def test_bits_of_another_width_are_left_to_zarr() -> None:
    """Catches half of the digits written into an element that takes twice as many."""
    assert bits_of("<f8", "0x7fa00001") == bytes(8)


@pytest.mark.parametrize(("dtype", "zero"), [("<i4", bytes(4)), ("S3", bytes(3)), ("?", b"\0")])
def test_null_stands_for_the_default_of_the_data_type(dtype: str, zero: bytes) -> None:
    """Catches a null of format 2, from which NumPy makes a NaN or an error."""
    keywords: dict[str, Any] = {"shape": 1, "dtype": dtype, "zarr_format": 2}
    metadata = zarr.create_array({}, fill_value=None, **keywords).metadata
    assert metadata.fill_value is None
    _, element = fill_of(metadata, None)
    assert element.tobytes() == zero


@pytest.mark.parametrize(
    ("dtype", "bits", "spelled", "expected"),
    [
        ("<f4", "0000c07f", "NaN", "NaN"),
        ("<f4", "0000c0ff", "NaN", "NaN"),
        ("<f4", "0100a07f", "NaN", "0x7fa00001"),
        (">f4", "7fa00001", "NaN", "0x7fa00001"),
        ("<f2", "017d", "NaN", "0x7d01"),
        ("<f8", "010000000000f0ff", "NaN", "0xfff0000000000001"),
        ("<f8", "000000000000f87f", 1.5, 1.5),
        ("<c8", "0100a07f0000803f", ["NaN", 1.0], ["0x7fa00001", 1.0]),
        ("<i4", "00000000", 0, 0),
    ],
)
def test_a_document_spells_the_bits_that_zarr_loses(
    dtype: str, bits: str, spelled: Any, expected: Any
) -> None:
    """Catches lost bits of a NaN, or bits that are written only because of its sign."""
    value = np.frombuffer(bytes.fromhex(bits), dtype)[0]
    assert exact_json(value, np.dtype(dtype), spelled) == expected


def test_the_fields_of_a_structure_are_spelled_one_by_one() -> None:
    """Catches bits of one field under the name of another."""
    value = np.frombuffer(bytes.fromhex("0100a07f000000000200c0ff0700"), PAIR)[0]
    spelled = {"a": "NaN", "b": [0.0, "NaN"], "c": 7}
    expected = {"a": "0x7fa00001", "b": [0.0, "0xffc00002"], "c": 7}
    assert exact_json(value, PAIR, spelled) == expected  # type: ignore[arg-type]
