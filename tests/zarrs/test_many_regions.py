"""Many regions of arrays whose data type the extension does not use as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.bindings.support import done
from zarr import crud
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

DTYPES = [">i4", "M8[ns]", "bool", ">f8", "S3", "U2", "c16"]


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_elements_of_every_data_type_come_back(dtype: str, given: bool) -> None:
    """Catches elements in the byte order or data type of the extension, or an `out` not filled."""
    values = (np.arange(35) % 97).astype("i8").astype(dtype).reshape(7, 5)
    store = MemoryStore()
    zarr.create_array(store, shape=(7, 5), dtype=dtype, chunks=(3, 2), zarr_format=2)
    document = crud.read_metadata(store)
    requests: list[Any] = [(document, store, slice(0, 4)), (document, store, slice(2, 7))]
    crud.write_regions(requests, [values[:4], values[2:]], engine="zarrs")
    outs = [np.empty_like(values[:4]), np.empty_like(values[2:])] if given else None
    found = crud.read_regions(requests, out=outs, engine="zarrs")
    assert_same(found[0], values[:4])
    assert_same(found[1], values[2:])
    assert outs is None or all(a is b for a, b in zip(found, outs, strict=True))


def test_all_requests_are_one_call_into_the_extension(tmp_path: Path) -> None:
    """Catches a call for each request or array."""
    store = LocalStore(tmp_path)
    for name in "ab":
        zarr.create_array(store, name=name, data=np.arange(9), chunks=(2,))
    requests = [(crud.read_metadata(store, path=name), store, n) for n in range(9) for name in "ab"]
    counts = done(lambda: crud.read_regions(requests, engine="zarrs"))
    assert (counts["read_regions"], counts["read_region"], counts["chunks_decoded"]) == (1, 0, 10)
    counts = done(lambda: crud.write_regions(requests, range(18), engine="zarrs"))
    assert (counts["write_regions"], counts["write_region"], counts["chunks_encoded"]) == (1, 0, 10)
    assert_same(zarr.open_array(store, path="b")[...], np.arange(1, 18, 2))
