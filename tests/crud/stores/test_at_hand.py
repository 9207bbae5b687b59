"""Which stores need no wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zarr
from zarr.crud._stores.at_hand import is_at_hand, most_requests
from zarr.crud.testing import AsyncOnlyStore, CountingStore
from zarr.storage import GpuMemoryStore, LocalStore, LoggingStore, MemoryStore, WrapperStore
from zarr.storage._memory import ManagedMemoryStore
from zarr.testing.store import LatencyStore

if TYPE_CHECKING:
    from pathlib import Path


class OnNetwork(WrapperStore[Any]):
    """A wrapper with synchronous methods of its own."""

    def get_sync(self, key: str, **options: Any) -> Any:
        return super().get_sync(key, **options)


class Named(MemoryStore):
    """A subclass that changes nothing that matters here."""

    def __str__(self) -> str:
        return "named"


def test_memory_and_files_are_at_hand(tmp_path: Path) -> None:
    """Catches a detour through threads where it only costs."""
    memory = MemoryStore()
    stores = [memory, ManagedMemoryStore("x"), MemoryStore({}), Named(), LocalStore(tmp_path)]
    stores += [WrapperStore(memory), LoggingStore(memory), LoggingStore(WrapperStore(Named()))]
    assert [is_at_hand(store) for store in stores] == [True] * len(stores)
    assert is_at_hand(GpuMemoryStore.__new__(GpuMemoryStore))


def test_a_store_with_methods_of_its_own_may_wait(tmp_path: Path) -> None:
    """Catches a slow store that is asked for one key at a time."""

    class Local(LocalStore):
        pass

    stores: list[Any] = [CountingStore(), OnNetwork(MemoryStore()), Local(tmp_path)]
    stores += [LoggingStore(CountingStore()), AsyncOnlyStore(), LoggingStore(AsyncOnlyStore())]
    stores += [LatencyStore(MemoryStore()), LoggingStore(LocalStore(tmp_path))]
    assert [is_at_hand(store) for store in stores] == [False] * len(stores)


def test_the_number_of_requests_is_zarrs_own_setting() -> None:
    """Catches a limit that cannot be set, or none at all."""
    with zarr.config.set({"async.concurrency": 3}):
        assert most_requests() == 3
    with zarr.config.set({"async.concurrency": None}):
        assert most_requests() == 64
