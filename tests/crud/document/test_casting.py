"""Exact data types, where NumPy's own constructors and casts change them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud._document.casting import cast, empty
from zarr.storage import MemoryStore

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore:The 'generic' unit:DeprecationWarning"),
]

ORDERS = ("<", ">")
COUNTS = [0, 1, -2, 100, 2**40]


def times(order: str, kind: str) -> np.ndarray[Any, np.dtype[Any]]:
    """A data type of dates or time spans without a unit, in a byte order."""
    return np.array(COUNTS, f"{order}i8").view(f"{order}{kind}8[3generic]")


def exact(dtype: np.dtype[Any]) -> tuple[Any, ...]:
    """The properties of such data types that `==` does not compare in every version of NumPy."""
    return dtype.newbyteorder("="), dtype.isnative, np.datetime_data(dtype)


def counts(array: np.ndarray[Any, np.dtype[Any]]) -> list[int]:
    """The integers that represent dates or time spans."""
    numbers: list[int] = array.view(f"{array.dtype.byteorder}i8").tolist()
    return numbers


@pytest.mark.parametrize("kind", ["M", "m"])
@pytest.mark.parametrize("given", ORDERS)
@pytest.mark.parametrize("wanted", ORDERS)
def test_a_cast_gives_the_byte_order_and_scale_of_its_target(
    kind: str, given: str, wanted: str
) -> None:
    """Catches a cast by `astype` that keeps the source's byte order, so that counts are misread."""
    dtype = np.dtype(f"{wanted}{kind}8[3generic]")
    found = cast(times(given, kind), dtype)
    assert exact(found.dtype) == exact(dtype)
    assert counts(found) == COUNTS
    assert exact(empty((2,), dtype).dtype) == exact(dtype)
    assert counts(cast(np.array(COUNTS), dtype)) == COUNTS


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("kind", ["M", "m"])
@pytest.mark.parametrize("stored", ORDERS)
@pytest.mark.parametrize("given", ORDERS)
def test_times_without_a_unit_keep_their_counts(
    engine: str, zarr_format: Any, kind: str, stored: str, given: str
) -> None:
    """Catches dates or time spans in the other byte order that are refused or stored swapped."""
    dtype = np.dtype(f"{stored}{kind}8[3generic]")
    store = MemoryStore()
    array = zarr.create_array(
        store, shape=5, dtype=dtype, chunks=5, zarr_format=zarr_format, compressors=None
    )
    crud.write_region(array.metadata, store, ..., times(given, kind), engine=engine)
    key, order = ("0", stored) if zarr_format == 2 else ("c/0", "<")
    # Format 3 stores elements in the byte order of its codec.
    assert store._store_dict[key].to_bytes() == np.array(COUNTS, f"{order}i8").tobytes()
    array.resize(7)
    found: Any = crud.read_region(array.metadata, store, ..., engine=engine)
    assert exact(found.dtype) == exact(dtype)
    assert counts(found)[:5] == COUNTS
    fill = 0 if array.fill_value is None else np.array(array.fill_value).view("i8")
    assert counts(found)[5:] == [fill, fill]
