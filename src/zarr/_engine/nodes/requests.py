"""Names and documents of many nodes, as many requests at a time as are allowed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from zarr._engine.nodes.waiting import never_waits
from zarr.core.buffer import default_buffer_prototype
from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.crud._stores.batches import work_on_each
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.forks import check_forked
from zarr.crud._stores.get_value import get_value
from zarr.crud._stores.in_flight import requests_in_flight
from zarr.crud._stores.location import Location, get_each
from zarr.crud._stores.threads import run_in_worker
from zarr.crud._stores.trees import list_names
from zarr.crud.backends.direct import direct_store
from zarr.storage import LocalStore, MemoryStore
from zarr.storage._memory import ManagedMemoryStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from zarr._engine.engines.names import EngineLike
    from zarr.abc.store import Store
    from zarr.core.buffer import Buffer
    from zarr.crud._stores.direct import DirectStore


class Name(NamedTuple):
    """A name that was listed below a path, and whether keys may be below it."""

    name: str
    has_keys: bool = True


class Requests(Protocol):
    """How the names and the documents of nodes are requested from a store."""

    async def names(self, paths: Sequence[str]) -> list[list[Name]]:
        """Return the names directly below each path, each once."""

    async def values(self, keys: Sequence[str]) -> list[Buffer | None]:
        """Return the values of keys; `None` for absent ones."""


async def requests_to(store: Store, path: str, engine: EngineLike) -> Requests:
    """Return the way to a store that an engine uses."""
    # Exact types: a subclass may wait in its methods, or count the calls.
    if type(store) is LocalStore:
        return _Files(store)
    if type(store) in (MemoryStore, ManagedMemoryStore):
        return _InMemory(store)
    if never_waits(store):
        return _Awaited(store)
    # To make a client may take a while.
    direct = await run_in_worker(direct_store, Location(store, path), engine)
    if direct is not None:
        return _Direct(direct)
    # The library of the store has been used: its group was opened.
    check_forked(store)
    return _Awaited(store)


class _InMemory:
    """Requests that never wait."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def names(self, paths: Sequence[str]) -> list[list[Name]]:
        return self._names(paths)

    async def values(self, keys: Sequence[str]) -> list[Buffer | None]:
        return self._values(keys)

    def _names(self, paths: Sequence[str]) -> list[list[Name]]:
        store = self._store
        return [[Name(name) for name in list_names(Location(store, path))] for path in paths]

    def _values(self, keys: Sequence[str]) -> list[Buffer | None]:
        # The store's own method: to it, a folder in the place of a document is no document.
        get: Any = self._store.get_sync  # type: ignore[attr-defined]
        # Documents are read on the CPU, even if chunks are not.
        return [get(key, prototype=cpu_buffer_prototype) for key in keys]


class _Files(_InMemory):
    """Requests to a directory, all at once in one thread, because each takes less than a thread."""

    async def names(self, paths: Sequence[str]) -> list[list[Name]]:
        return await asyncio.to_thread(self._names, paths)

    async def values(self, keys: Sequence[str]) -> list[Buffer | None]:
        return await asyncio.to_thread(self._values, keys)


class _Direct:
    """Requests that an engine sends without Python; a worker waits for them."""

    def __init__(self, store: DirectStore) -> None:
        self._store = store

    async def names(self, paths: Sequence[str]) -> list[list[Name]]:
        return await run_in_worker(self._names, paths)

    async def values(self, keys: Sequence[str]) -> list[Buffer | None]:
        return await run_in_worker(get_each, self._store, keys, cpu_buffer_prototype)

    def _names(self, paths: Sequence[str]) -> list[list[Name]]:
        found: dict[int, list[Name]] = {}

        def work(at: int) -> None:
            check_cancelled()
            path = paths[at]
            keys, folders = self._store.list_level(path)
            start = len(path) + 1 if path else 0
            # A store may have a key and keys below it.
            named = {key[start:]: False for key in keys} | {key[start:]: True for key in folders}
            found[at] = [Name(*one) for one in named.items()]

        work_on_each(work, range(len(paths)), max(1, min(len(paths), requests_in_flight())))
        return [found[at] for at in range(len(paths))]


class _Awaited:
    """Requests by the coroutines of a store, in the caller's event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def names(self, paths: Sequence[str]) -> list[list[Name]]:
        return await each(self._names, paths)

    async def values(self, keys: Sequence[str]) -> list[Buffer | None]:
        return await each(self._value, keys)

    async def _names(self, path: str) -> list[Name]:
        # A key and the keys below it are one name to us, which most stores list twice.
        names = {name: None async for name in self._store.list_dir(path)}
        return [Name(name) for name in names]

    async def _value(self, key: str) -> Buffer | None:
        try:
            return await get_value(self._store, key, default_buffer_prototype())
        except FileNotFoundError:
            # As upstream: a group goes on without such a member.
            return None


async def each[I, T](function: Callable[[I], Awaitable[T]], items: Sequence[I]) -> list[T]:
    """Call a coroutine function for each item, `requests_in_flight` at a time.

    After a failure no further call begins, and the others are cancelled. None is running any more
    when this returns or raises.
    """
    made: dict[int, T] = {}
    left = iter(enumerate(items))

    async def work() -> None:
        for at, item in left:
            made[at] = await function(item)

    tasks = [asyncio.create_task(work()) for _ in range(min(len(items), requests_in_flight()))]
    if not tasks:
        return []
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        await _end(tasks)
    return [made[at] for at in range(len(items))]


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel the tasks that are running, and wait for their end."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running)
    for task in tasks:
        # asyncio reports errors that nobody retrieves.
        if not task.cancelled():
            task.exception()
