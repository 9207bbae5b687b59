"""What zarr's registry sees of the data types."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import zarr
from tests.data_types.cases import FLOATS, NAMES, elements, native
from zarr._data_types.base import MLDataType
from zarr.dtype import data_type_registry, parse_dtype
from zarr.errors import DataTypeValidationError


@pytest.mark.parametrize("name", NAMES)
def test_names_and_native_data_types_lead_to_each_other(name: str) -> None:
    """Catches two data types that match one, or a name that only one direction knows."""
    dtype = native(name)
    assert dtype.name == name
    made: Any = data_type_registry.match_json(name, zarr_format=3)
    assert isinstance(made, MLDataType)
    for given in (dtype, dtype.type, dtype.newbyteorder("S"), name):
        assert parse_dtype(given, zarr_format=3) == made
    assert made.to_json(zarr_format=3) == name
    assert made.dtype_cls is type(dtype)
    assert made._check_native_dtype(dtype)
    assert made.item_size == dtype.itemsize
    assert pickle.loads(pickle.dumps(made)) == made


@pytest.mark.parametrize("name", NAMES)
def test_an_array_has_the_byte_order_of_the_machine(name: str) -> None:
    """Catches an array with a swapped data type: NumPy swaps all of them when it copies that."""
    swapped = native(name).newbyteorder("S")
    array = zarr.create_array({}, shape=3, dtype=swapped)
    assert array.dtype == native(name)
    assert array.dtype.isnative


@pytest.mark.parametrize("name", NAMES)
def test_values_in_the_other_byte_order_are_converted(name: str, engine: str) -> None:
    """Catches bytes that are stored as they are in memory."""
    values = elements(name, (4,))
    array = zarr.create_array({}, shape=4, dtype=native(name), engine=engine)
    array[...] = values.astype(native(name).newbyteorder("S"))
    assert np.asarray(array[...]).tobytes() == values.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_plain_bytes_of_the_same_size_are_another_data_type(name: str) -> None:
    """Catches raw bytes that are read as numbers."""
    size = native(name).itemsize
    assert not isinstance(parse_dtype(np.dtype(f"V{size}"), zarr_format=3), MLDataType)


@pytest.mark.parametrize("name", NAMES)
def test_format_2_has_no_name_for_it(name: str) -> None:
    """Catches `<V2` in a document, which every reader takes for bytes."""
    with pytest.raises(DataTypeValidationError, match=r"format 2 has no name for .* use format 3"):
        zarr.create_array({}, shape=3, dtype=native(name), zarr_format=2)
    with pytest.raises(ValueError, match="No Zarr data type found"):
        data_type_registry.match_json({"name": name, "object_codec_id": None}, zarr_format=2)


@pytest.mark.parametrize("name", NAMES)
def test_elements_and_text_are_cast(name: str) -> None:
    """Catches a fill value that `zarr.create_array` takes for float32 but not for these."""
    made = parse_dtype(name, zarr_format=3)
    one = made.cast_scalar(1)
    assert made.cast_scalar(one) is one
    assert made.cast_scalar(np.array(one)) == one
    assert made._check_scalar(1)
    assert not made._check_scalar([1])
    assert not made._check_scalar("red")
    if name in FLOATS and FLOATS[name].nan:
        assert made.to_json_scalar("NaN", zarr_format=3) == "NaN"
    zero = made.default_scalar()
    assert np.array(zero).tobytes() == bytes(native(name).itemsize)
