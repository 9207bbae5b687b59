"""Other codecs, tried on elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.crud.doctor.arrays import ragged
from zarr.codecs import GzipCodec
from zarr.crud._doctor.alternatives import tried

VALUES = np.arange(35).reshape(7, 5)


@pytest.mark.parametrize("members", [
    {}, {"shards": (6, 4)}, {"zarr_format": 2}, {"compressors": GzipCodec()},
    {"data": VALUES.astype(">f4"), "zarr_format": 2}, {"data": VALUES.astype("M8[s]")},
])  # fmt: skip
def test_chains_are_tried_on_elements(members: Any) -> None:
    """Catches a layout whose codecs cannot be tried."""
    array = ragged(**members)
    found = tried(array.document, array.stored[...], "own")
    assert [one.name for one in found] == [
        "own", "zstd", "blosc with lz4 and shuffle", "no compressor"
    ]  # fmt: skip
    assert found[-1].nbytes == np.asarray(array.stored[...]).nbytes
    assert all(one.seconds > 0 for one in found)


@pytest.mark.filterwarnings("ignore")
def test_other_elements_are_not_tried() -> None:
    """Catches text that ends with an exception."""
    text = ragged()
    assert tried(text.document, np.array(["a"], dtype=object), "own") == []
    assert tried(text.document, np.zeros((0, 5)), "own") == []
