"""Upstream's tests of stores, on the stores that reach a server of S3 directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.remote import stores
from zarr.core.buffer.cpu import Buffer
from zarr.testing.store import StoreTests
from zarr.zarrs._direct_store import _RemoteStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from tests.remote.server import Server


class Opened(_RemoteStore):
    """A direct store that is made from plain arguments, and opened later, as upstream's are."""

    def __init__(self, server: Server, *, read_only: bool = False) -> None:
        native = stores.native(server).with_read_only(read_only)
        super().__init__(native, handle_of(native))
        self.server = server
        self._is_open = False


class TestDirectStore(StoreTests[Opened, Buffer]):
    store_cls = Opened
    buffer_cls = Buffer

    @pytest.fixture
    def store_kwargs(self, server: Server) -> dict[str, Any]:
        return {"server": server}

    async def set(self, store: Opened, key: str, value: Any) -> None:
        store.server.objects[f"bucket/data/{key}"] = value.to_bytes()

    async def get(self, store: Opened, key: str) -> Any:
        return Buffer.from_bytes(store.server.objects[f"bucket/data/{key}"])

    def test_store_repr(self, store: Opened) -> None:
        assert repr(store) == repr(store.reached)

    def test_store_supports_writes(self, store: Opened) -> None:
        assert store.supports_writes

    def test_store_supports_listing(self, store: Opened) -> None:
        assert store.supports_listing
