"""How many requests are made at a time where each takes a while."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr.crud._stores.in_flight import requests_in_flight
from zarr.crud.testing import AsyncOnlyStore


@pytest.mark.parametrize(
    ("given", "upstream", "expected"),
    [(None, 10, 128), (None, None, 128), (None, 3, 3), (None, 500, 500), (7, 3, 7), (7, 10, 7)],
)
def test_the_own_setting_has_precedence(given: Any, upstream: Any, expected: int) -> None:
    """Catches a setting of zarr-python that is ignored, and one that wins over ours."""
    with zarr.config.set({"array.requests_in_flight": given, "async.concurrency": upstream}):
        assert requests_in_flight() == expected


@pytest.mark.parametrize("given", [0, -1, "many", 1.5, 1 << 21])
def test_a_wrong_number_is_refused(given: Any) -> None:
    """Catches a number that nothing follows."""
    with (
        zarr.config.set({"array.requests_in_flight": given}),
        pytest.raises(ValueError, match=r"array\.requests_in_flight is .*; use a number"),
    ):
        requests_in_flight()


def test_an_asynchronous_store_gets_so_many_at_a_time() -> None:
    """Catches ten requests at a time, which zarr-python's own setting allows by default."""
    most = now = 0

    class Slow(AsyncOnlyStore):
        async def get(self, *args: Any, **kwargs: Any) -> Any:
            import asyncio

            nonlocal most, now
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.05)
            now -= 1
            return await super().get(*args, **kwargs)

    store = Slow()
    data = np.arange(60)
    zarr.create_array(store, data=data, chunks=(1,))
    for limit in (None, 7):
        most = 0
        with zarr.config.set({"array.requests_in_flight": limit}):
            array = zarr.open_array(store, mode="r", engine="zarrs")
            assert np.array_equal(array[...], data)
        assert most == (limit or 60)
