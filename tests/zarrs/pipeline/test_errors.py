"""The errors with the names of zarrs-python's."""

from __future__ import annotations

import pickle

import pytest

import zarr
from zarr.crud import UnsupportedError
from zarr.zarrs._pipeline.errors import PUBLIC


@pytest.mark.parametrize("error", PUBLIC)
def test_each_is_public_and_is_caught_with_the_others(error: type[Exception]) -> None:
    """Catches a name that programs import and do not find, or an error that cannot travel."""
    assert getattr(zarr.zarrs, error.__name__) is error
    assert issubclass(error, UnsupportedError)
    assert error.__name__ in zarr.zarrs.__all__
    arrived = pickle.loads(pickle.dumps(error("why")))
    assert type(arrived) is error
    assert str(arrived) == "why"
