"""Reads of the extension that are awaited, and occupy no thread while they wait."""

from __future__ import annotations

import asyncio
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud.backends import check_cancelled, run_in_worker, when_cancelled
from zarr.zarrs._document import Conversion, prepare
from zarr.zarrs._dtype_conversion import SAME, converted_back, converted_out
from zarr.zarrs._extension import extension
from zarr.zarrs._store import handle_of, is_made

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy.typing as npt

    from zarr.abc.store import Store
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
    rest = (where, path, prepared.dtype, target, options)
    if not is_made(store):
        return AwaitedRead(_First(verb, prepared.json, location, rest), document, out)
    handle = handle_of(store, path, waits=False)
    read = function(prepared.json, handle, *rest)
    return None if read is None else AwaitedRead(read, document, out)


class _First(NamedTuple):
    """A read of a store whose handle is not made yet, which may take long."""

    verb: str
    document: str
    location: Location
    rest: tuple[Any, ...]

    async def begin(self) -> Any:
        """Return the read; if it must wait in a thread, its result."""
        store, path = self.location
        await _made(store)
        given = (self.document, handle_of(store, path, waits=False), *self.rest)
        read = getattr(extension(), self.verb)(*given)
        if read is not None:
            return read
        # The synchronous function takes the same arguments.
        return await run_in_worker(getattr(extension(), _SYNCHRONOUS[self.verb]), *given)


_SYNCHRONOUS: Final = {"begin_chunk": "read_chunk", "begin_region": "read_region"}

_making: Final[dict[tuple[int, int], asyncio.Task[Any]]] = {}
"""By store and event loop, so that one thread makes the handle for all reads that wait for it."""


async def _made(store: Store) -> None:
    loop = asyncio.get_running_loop()
    key = id(store), id(loop)
    task = _making.get(key)
    if task is None:
        # In a context of its own: a cancellation of the first read is none of the others'.
        work = run_in_worker(handle_of, store, waits=False)
        task = _making[key] = loop.create_task(work, context=Context())
        task.add_done_callback(partial(_retrieve, key))
    await asyncio.shield(task)


def _retrieve(key: tuple[int, int], task: asyncio.Task[Any]) -> None:
    _making.pop(key, None)
    if not task.cancelled():
        task.exception()


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
        if isinstance(self._read, _First):
            self._read = await self._read.begin()
            if isinstance(self._read, np.ndarray):
                return self._read
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
