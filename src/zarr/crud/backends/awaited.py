"""Reads that are awaited, with the checks of `dispatch`; in a worker thread where it must be."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from zarr.abc.store import Store
from zarr.crud._document.awaited import read_present_awaited
from zarr.crud._selection.chunk_parts import chunk_parts
from zarr.crud._stores.event_loop import is_synchronous
from zarr.crud._stores.threads import run_in_worker
from zarr.crud._stores.urls import is_url
from zarr.crud.backends import dispatch
from zarr.storage import StorePath

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._document.presence import Chunks, Reach
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.location import Location, StoreLike
    from zarr.crud.backends.contract import CrudBackend


class Begun(NamedTuple):
    """A read whose arguments have been checked. Nothing is requested before it is awaited."""

    read: Callable[[], npt.NDArray[Any]]
    """Reads in the calling thread."""

    awaitable: Awaitable[npt.NDArray[Any]] | None
    """Reads without a thread, into `out` if given."""

    out: npt.NDArray[Any] | None
    node: tuple[Document, Location, Chunks, Reach] | None
    """What must exist."""

    finish: Callable[[npt.NDArray[Any]], Any] | None = None
    """Makes the result of what was read."""

    async def result(self) -> Any:
        """Read, in a worker thread if there is no awaitable."""
        if self.awaitable is None:
            found = await run_in_worker(self.read)
        elif self.node is None:
            found = await self.awaitable
        else:
            found = await read_present_awaited(self.awaitable, *self.node)
        found = found if self.out is None else self.out
        return found if self.finish is None else self.finish(found)


def begin_region(
    backend: CrudBackend,
    document: Document,
    location: Location,
    selection: Selection,
    out: npt.NDArray[Any] | None,
    options: Options,
    *,
    detached: bool,
) -> Begun:
    """Begin `dispatch.read_region`."""
    given = (backend, document, location, selection, out, options)
    awaitable = None
    if is_awaited(backend, location, "read_region"):
        memory = dispatch.checked_region(document, selection, out, options)
        awaitable = backend.read_region_awaited(
            document, location, selection, out=memory, options=options
        )
    read = partial(dispatch.read_region, *given, detached=detached)
    if detached or 0 in selection.shape:
        return Begun(read, awaitable, out, None)
    grid = document.chunk_grid
    chunks: Chunks = lambda: (part.chunk for part in chunk_parts(selection, grid))  # noqa: E731
    return Begun(read, awaitable, out, (document, location, chunks, backend.direct_store))


def begin_chunk(
    backend: CrudBackend,
    document: Document,
    location: Location,
    index: tuple[int, ...],
    out: npt.NDArray[Any] | None,
    options: Options,
    *,
    detached: bool,
) -> Begun:
    """Begin `dispatch.read_chunk`."""
    given = (backend, document, location, index, out, options)
    awaitable = None
    if is_awaited(backend, location, "read_chunk"):
        memory = dispatch.checked_whole(document, index, out, options)
        awaitable = backend.read_chunk_awaited(
            document, location, index, out=memory, options=options
        )
    read = partial(dispatch.read_chunk, *given, detached=detached)
    if detached:
        return Begun(read, awaitable, out, None)
    node = (document, location, lambda: (index,), backend.direct_store)
    return Begun(read, awaitable, out, node)


def waits(store: StoreLike) -> bool:
    """Return whether reads of a store wait for it, so that they should occupy no thread."""
    if isinstance(store, StorePath):
        store = store.store
    if isinstance(store, Store):
        return not is_synchronous(store)
    return is_url(store) or type(store).__module__.partition(".")[0] == "obstore"


def is_awaited(backend: CrudBackend, location: Location, name: str) -> bool:
    """Return whether to ask the backend for an awaitable of a read."""
    return not is_synchronous(location.store) and _is_own(type(backend), name)


@cache
def _is_own(backend: type[CrudBackend], name: str) -> bool:
    """Whether no subclass has changed a read without also changing the awaitable."""

    def place(name: str) -> int:
        return next(n for n, base in enumerate(backend.__mro__) if name in vars(base))

    return place(f"{name}_awaited") <= place(name)
