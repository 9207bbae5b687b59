"""A store that counts requests, for tests of the requests that functions make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zarr.crud.testing import AsyncOnlyStore, CountingStore

if TYPE_CHECKING:
    from zarr.abc.store import Store


class CountingAsyncStore(AsyncOnlyStore):
    """A store without synchronous methods that records which keys are requested."""

    def __init__(self, store: Store | None = None) -> None:
        super().__init__(store)
        self.calls: list[tuple[str, str]] = []

    async def get(self, key: str, *args: Any, **options: Any) -> Any:
        self.calls.append(("get", key))
        return await super().get(key, *args, **options)

    async def exists(self, key: str) -> bool:
        self.calls.append(("exists", key))
        return await super().exists(key)


@pytest.fixture(params=["synchronous", "asynchronous"])
def counting(request: pytest.FixtureRequest) -> Any:
    """An empty store that counts requests."""
    return CountingStore() if request.param == "synchronous" else CountingAsyncStore()
