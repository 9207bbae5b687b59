"""The arrays on the server are those that the rows are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import zarr
from bench.remote.layouts import slope
from bench.remote.stores import Place, over_obstore
from tests.bench.remote.cases import SHARDED

if TYPE_CHECKING:
    from tests.bench.remote.cases import Counting


def test_an_array_is_stored_as_its_layout_says(server: Counting) -> None:
    """Catches a layout whose parameters are ignored."""
    store = over_obstore(Place(server.url, "here"))
    SHARDED.create(store)
    array: Any = zarr.open_array(store, engine="zarr")
    assert (array.shape, array.shards, array.chunks) == ((40, 30), (20, 15), (5, 5))
    assert array.dtype == np.dtype("f4")
    assert np.array_equal(array[...], SHARDED.data())


def test_no_element_is_the_fill_value_and_each_run_has_the_same() -> None:
    """Catches chunks that are left out when they are written, and other data in each run."""
    data = slope((40, 30))
    assert np.count_nonzero(data) >= data.size - 1
    slope.cache_clear()
    assert np.array_equal(data, slope((40, 30)))
    assert not data.flags.writeable
