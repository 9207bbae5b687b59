"""Fill values keep their bits, or the repack is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import ARRAYS, assert_elements, make
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.storage import MemoryStore

ODD: list[tuple[str, Any]] = [
    ("f4", "0x7fc00001"),
    ("f8", "0x7ff8000000000123"),
    ("f2", "0x7e01"),
    ("c8", ["0x7fc00001", 0.0]),
]


def source_of(dtype: str, fill: Any) -> MemoryStore:
    store = MemoryStore()
    array: Any = zarr.create_array(store, shape=(6,), dtype=dtype, chunks=(2,))
    array[:2] = 1
    members = json.loads(store._store_dict["zarr.json"].to_bytes())
    members["fill_value"] = fill
    store._store_dict["zarr.json"] = Buffer.from_bytes(json.dumps(members).encode())
    return store


@pytest.mark.parametrize(("dtype", "fill"), ODD)
def test_bits_that_format_2_lacks_are_refused(dtype: str, fill: Any) -> None:
    """Catches missing chunks whose elements become another NaN."""
    source, target = source_of(dtype, fill), MemoryStore()
    document = crud.read_metadata(source)
    expected = crud.read_region(document, source)
    with pytest.raises(crud.UnsupportedError, match=r"format 2 cannot spell .* bits 0x7"):
        crud.repack(source, target, zarr_format=2)
    assert not target._store_dict
    crud.repack(source, target, compressors=())
    found = crud.read_region(crud.read_metadata(target), target)
    assert np.asarray(found).tobytes() == np.asarray(expected).tobytes()


@pytest.mark.parametrize(
    ("dtype", "fill"),
    [("f4", "NaN"), ("f4", -0.0), ("c8", ["NaN", "-Infinity"]), ("f8", "Infinity"), (">i2", 258)],
)
def test_usual_fill_values_become_those_of_format_2(dtype: str, fill: Any) -> None:
    """Catches a refusal of what can be spelled."""
    source, target = source_of(dtype, fill), MemoryStore()
    expected: Any = zarr.open_array(source)
    crud.repack(source, target, zarr_format=2, verify=True)
    assert_elements(target, expected[...], "")


@pytest.mark.parametrize("name", [name for name in ARRAYS if name.startswith("2")])
def test_fill_values_of_format_2_become_those_of_format_3(name: str) -> None:
    """Catches a refusal of null, which becomes what zarr reads."""
    source, target = MemoryStore(), MemoryStore()
    expected = make(name, source)
    crud.repack(source, target, path="a", zarr_format=3, verify=True)
    assert_elements(target, expected.astype(expected.dtype.newbyteorder("=")), "")
