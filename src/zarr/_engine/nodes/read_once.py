"""A place whose documents are requested once, all of them at the first request for one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Self

from zarr.storage import StorePath

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from zarr.abc.store import ByteRequest
    from zarr.core.buffer import Buffer, BufferPrototype

_NAMES: Final[dict[object, tuple[str, ...]]] = {
    3: ("zarr.json",),
    2: (".zarray", ".zgroup", ".zattrs", ".zmetadata"),
    None: ("zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"),
}
"""The documents that a node may have, by its format if that is known."""


@asynccontextmanager
async def reading_once(place: StorePath, zarr_format: object) -> AsyncGenerator[StorePath]:
    """Return the same place; what is requested and not awaited is cancelled at the end."""
    names = _NAMES.get(zarr_format, ())
    requests: dict[str, asyncio.Task[Buffer | None]] = {}
    once = _Once(place.store, place.path)
    once.keys = {(place / name).path: place / name for name in names}
    once.requests = requests
    try:
        yield once
    finally:
        for request in requests.values():
            request.cancel()
        # An error of a request that nobody has awaited is nobody's.
        await asyncio.gather(*requests.values(), return_exceptions=True)


class _Once(StorePath):
    """A path whose documents are requested together."""

    keys: dict[str, StorePath]
    requests: dict[str, asyncio.Task[Buffer | None]]

    def __truediv__(self, other: str) -> Self:
        made: Any = super().__truediv__(other)
        made.keys, made.requests = self.keys, self.requests
        return made  # type: ignore[no-any-return]

    async def get(
        self, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return a value."""
        if self.path not in self.keys or byte_range is not None:
            return await super().get(prototype, byte_range)
        if not self.requests:
            for key, place in self.keys.items():
                self.requests[key] = asyncio.create_task(place.get(prototype))
        return await asyncio.shield(self.requests[self.path])
