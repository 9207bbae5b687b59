"""The methods that arrays have more than upstream's."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import zarr
from zarr import crud

OF_BOTH = ("engine_info", "with_engine")
NAMES = {zarr.Array: (*OF_BOTH, "batched_writes"), zarr.AsyncArray: OF_BOTH}


def array() -> zarr.Array[Any]:
    return zarr.create_array({}, shape=(4, 3), chunks=(2, 3), dtype="i4")


@pytest.mark.parametrize("cls", NAMES)
def test_each_method_is_documented(cls: Any) -> None:
    """Catches a method that help shows without its cost or an example."""
    for name in NAMES[cls]:
        method = getattr(cls, name)
        assert {"Returns", "Examples"} <= {*map(str.strip, method.__doc__.split("\n"))}
        assert next(iter(inspect.signature(method).parameters)) == "self"


def test_each_method_does_its_work_on_its_array() -> None:
    """Catches a method that answers for another array, or drops what it was given."""
    made = array()
    assert made.engine_info().engine == made.async_array.engine_info().engine == "zarr"
    other = made.with_engine("reference")
    assert (other.engine, made.engine, other.store) == ("reference", "zarr", made.store)
    with made.batched_writes(max_bytes=1 << 20) as batch:
        batch[0, 0] = 7
        assert (batch[0, 0], made[0, 0]) == (7, 0)
    assert made[0, 0] == 7
    with pytest.raises(ValueError, match="max_bytes"):
        made.batched_writes(max_bytes=-1)
    with pytest.raises(crud.UnknownBackendError):
        made.with_engine("zars")
