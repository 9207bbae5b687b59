"""A store that counts what is read from another one, and writes nothing."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store
from zarr.storage import WrapperStore

if TYPE_CHECKING:
    from zarr.core.buffer import Buffer


class CountingStore(WrapperStore[Store]):
    """Counts requests and the bytes of their answers; read-only, whatever the other store is."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.requests = 0
        self.nbytes = 0
        self._lock = Lock()

    @property
    def read_only(self) -> bool:
        """Always."""
        return True

    def _counted(self, found: Buffer | None) -> Buffer | None:
        with self._lock:
            self.requests += 1
            self.nbytes += 0 if found is None else len(found)
        return found

    async def get(self, *args: Any, **options: Any) -> Buffer | None:
        """Read a value, or a part of one."""
        return self._counted(await super().get(*args, **options))

    def get_sync(self, *args: Any, **options: Any) -> Buffer | None:
        """Read a value, or a part of one, without an event loop."""
        return self._counted(super().get_sync(*args, **options))

    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> list[Buffer | None]:
        """Read parts of values, each by a request."""
        return [await self.get(key, prototype, part) for key, part in key_ranges]

    # Those of the base class read by `get`; those of the wrapper would read past it.
    get_ranges = Store.get_ranges  # type: ignore[assignment]
    _get_many = Store._get_many
