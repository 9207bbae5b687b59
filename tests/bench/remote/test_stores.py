"""All stores hold the same values."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from bench.peer import RefusedError
from bench.remote.stores import Place, over_http, over_obstore, over_s3fs

if TYPE_CHECKING:
    from tests.bench.remote.cases import Counting


def test_a_value_is_the_same_over_every_client(server: Counting) -> None:
    """Catches rows that compare reads of other values."""
    place = Place(server.url, "here")
    zarr.create_array(over_obstore(place), data=np.arange(6))
    for make in (over_obstore, over_s3fs, over_http):
        array: Any = zarr.open_array(make(place), mode="r")
        assert array[...].tolist() == [0, 1, 2, 3, 4, 5]
    assert over_http(place).read_only
    assert over_obstore(place) is not over_obstore(place)


def test_a_client_that_is_not_installed_is_said(
    server: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a column that is missing without a reason."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RefusedError, match="s3fs is not installed"):
        over_s3fs(Place(server.url, "here"))
