"""Arrays of format 2 that the conformance suite draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crud.testing.reached import reached
from zarr.crud.testing import Layout, some_values
from zarr.crud.testing._documents import document_of
from zarr.crud.testing._format2 import COMPRESSORS, DTYPES, filters, format2_layouts


@given(data=st.data(), dtype=st.sampled_from(DTYPES), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_filters_and_compressors_lose_nothing(
    data: st.DataObject, dtype: np.dtype[Any], seed: int
) -> None:
    """Catches a chain that loses data, so that every backend would fail without being at fault."""
    chain = [*data.draw(filters(dtype)), *filter(None, [data.draw(st.sampled_from(COMPRESSORS))])]
    values = some_values(dtype, (6,), seed, np.zeros((), dtype)[()])
    encoded: Any = values
    for codec in chain:
        encoded = codec.encode(encoded)
    for codec in reversed(chain):
        encoded = codec.decode(encoded)
    assert np.asarray(encoded).tobytes()[: values.nbytes] == values.tobytes()


@given(layout=format2_layouts())
@settings(max_examples=20)
def test_zarr_creates_what_is_drawn(layout: Layout) -> None:
    """Catches a layout that is refused, so that nothing is tested."""
    document = document_of(layout)
    assert document["zarr_format"] == 2
    assert document.shape == layout.shape
    assert document.chunk_shape == layout.chunks
    assert document.dtype == layout.dtype


KINDS: dict[str, Any] = {
    "columns first": lambda it: it.keywords["order"] == "F",
    "filters": lambda it: it.keywords["filters"],
    "no filters": lambda it: not it.keywords["filters"],
    "a compressor": lambda it: it.keywords["compressors"] is not None,
    "no compressor": lambda it: it.keywords["compressors"] is None,
    "nested keys": lambda it: it.keywords["chunk_key_encoding"]["separator"] == "/",
    "no fill value": lambda it: it.keywords["fill_value"] is None,
}


def test_draws_reach_every_member() -> None:
    """Catches a strategy that never draws what only format 2 has."""
    assert reached(format2_layouts(), KINDS) == set(KINDS)


def test_data_types_have_either_byte_order() -> None:
    """Catches a data type without a byte order, which format 2 stores and format 3 does not."""
    orders = {dtype.byteorder for dtype in DTYPES if dtype.kind in "iufcMmU" and dtype.itemsize > 1}
    assert len(orders) == 2
