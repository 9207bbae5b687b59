"""Reads of the extension that are awaited, and occupy no thread while they wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from zarr.crud.backends import check_cancelled, run_in_worker, when_cancelled
from zarr.zarrs._document import Conversion, prepare
from zarr.zarrs._dtype_conversion import SAME, converted_back, converted_out
from zarr.zarrs._extension import extension
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy.typing as npt

    from zarr.crud.backends import Document, Location

LARGE: Final = 1 << 20
"""Bytes from which a result is converted in a worker thread, and not in that of the event loop."""


def begin(
    verb: str,
    document: Document,
    location: Location,
    where: Any,
    out: npt.NDArray[Any] | None,
    options: Any,
) -> AwaitedRead | None:
    """Return an awaitable of what the extension reads; `None` if it must wait in a thread."""
    function = getattr(extension(), verb, None)
    if function is None:
        # The extension was built without the feature 'remote'.
        return None
    prepared = document.derive(prepare)
    store, path = location
    target = out if out is None or prepared.conversion is SAME else converted_out(out, prepared)
    handle = handle_of(store, path, waits=False)
    read = function(prepared.json, handle, where, path, prepared.dtype, target, options)
    return None if read is None else AwaitedRead(read, document, out)


class AwaitedRead:
    """An awaitable of one read, which begins when it is awaited."""

    def __init__(self, read: Any, document: Document, out: npt.NDArray[Any] | None) -> None:
        self._read = read
        self._document = document
        self._out = out

    def __await__(self) -> Generator[Any, None, npt.NDArray[Any]]:
        """Read; after a cancellation, nothing is written to `out`."""
        return self._result().__await__()

    async def _result(self) -> npt.NDArray[Any]:
        found = await self._finished()
        conversion = self._document.derive(prepare).conversion
        if conversion is SAME:
            return found
        if conversion is Conversion.VIEWED or found.nbytes < LARGE:
            return converted_back(found, self._document, self._out)
        return await run_in_worker(converted_back, found, self._document, self._out)

    async def _finished(self) -> npt.NDArray[Any]:
        check_cancelled()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[npt.NDArray[Any]] = loop.create_future()
        read = self._read
        try:
            with when_cancelled(read.cancel):
                read.start(loop, done)
                if self._out is None:
                    # What is read belongs to nobody if this is cancelled.
                    return await done
                return await _end_of(done, read)
        except asyncio.CancelledError:
            check_cancelled()
            raise
        finally:
            read.cancel()


async def _end_of(done: asyncio.Future[npt.NDArray[Any]], read: Any) -> npt.NDArray[Any]:
    """Return the result; if cancelled, once nothing is written any more."""
    cancelled: asyncio.CancelledError | None = None
    while not done.done():
        try:
            await asyncio.wait([done])
        except asyncio.CancelledError as err:
            cancelled = err
            read.cancel()
    if cancelled is None:
        return done.result()
    if not done.cancelled():
        # Retrieve the error, so that asyncio does not report it as never retrieved.
        done.exception()
    raise cancelled
