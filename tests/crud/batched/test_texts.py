"""The memory of texts."""

from __future__ import annotations

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud._batched.texts import nbytes_of_texts


@pytest.mark.parametrize(
    ("values", "least"),
    [
        (np.zeros(4, "f8"), 0),
        (np.array(["aa", "b"], "U9"), 0),
        (np.array(["x" * 100, ""], "T"), 100),
        (np.array([b"x" * 100, "y"], "O"), 100),
        (np.broadcast_to(np.array("x" * 50, "T"), (3,)), 150),
    ],
)
def test_texts_count_beside_the_array(values: np.ndarray, least: int) -> None:
    """Catches a bound that large texts pass unnoticed."""
    found = nbytes_of_texts(values)
    assert least <= found <= 3 * least


def test_texts_are_written_when_they_exceed_the_bound(engine: str) -> None:
    """Catches texts that are held beyond the bound."""
    array = zarr.create_array({}, shape=(40,), chunks=(4,), dtype="str")
    document, values = array.metadata, np.array(["x" * 1000] * 40, "T")
    with crud.batched_writes(array.store, max_bytes=8_000, engine=engine) as batch:
        for at in range(40):
            crud.write_region(document, batch, at, values[at])
            assert batch.nbytes <= 8_000
        assert np.array_equal(crud.read_region(document, batch), values)
    assert np.array_equal(array[...], values)
