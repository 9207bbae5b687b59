"""A store may call zarr in its methods: the engine of the call around is not for these calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
import zarr.api.asynchronous as zarr_async
from zarr.core.group import GroupMetadata
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")

MADE: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"}


def hierarchy(store: MemoryStore, *, consolidated: bool = False) -> MemoryStore:
    """A group with an array, and one in a group below."""
    group = zarr.create_group(store)
    group.create_array("x", **MADE)
    group.create_group("h").create_array("y", **MADE)
    if consolidated:
        zarr.consolidate_metadata(store)
    return store


class Hook:
    """What a store calls, and in which of its methods it did."""

    def __init__(self) -> None:
        self.call: Callable[[], Any] | None = None
        self.within: set[str] = set()


class Calling(MemoryStore):
    """A store that calls zarr within its methods, but not within those of the calls it makes."""

    hook = Hook()

    def with_read_only(self, read_only: bool = False) -> Calling:
        """The same store, with the same hook."""
        changed: Any = super().with_read_only(read_only)
        changed.hook = self.hook
        return changed  # type: ignore[no-any-return]

    async def _call(self, method: str) -> None:
        call, self.hook.call = self.hook.call, None
        if call is not None:
            self.hook.within.add(method)
            try:
                await call()
            finally:
                self.hook.call = call

    async def get(self, *args: Any, **kwargs: Any) -> Any:
        await self._call("get")
        return await super().get(*args, **kwargs)

    async def set(self, *args: Any, **kwargs: Any) -> None:
        await self._call("set")
        await super().set(*args, **kwargs)

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        await self._call("list_dir")
        async for name in super().list_dir(prefix):
            yield name


def calling() -> Calling:
    """Such a store, with a hierarchy."""
    store = Calling()
    store.hook = Hook()
    hierarchy(store)
    return store


def engine_of(node: Any) -> str:
    """The engine of a node of any kind."""
    found: str = node.engine if hasattr(node, "engine") else node.config.engine
    return found


class Seen:
    """The engines of all nodes that are opened and created natively, in each way."""

    def __init__(self) -> None:
        self.plain = hierarchy(MemoryStore())
        self.consolidated = hierarchy(MemoryStore(), consolidated=True)
        self.engines: dict[str, set[str]] = {}
        self.kinds: set[type] = set()

    def note(self, way: str, *nodes: Any) -> None:
        """Note the engines of nodes."""
        self.engines.setdefault(way, set()).update(map(engine_of, nodes))

    async def awaiting(self) -> None:
        """Call asynchronous functions."""
        for store in (self.plain, self.consolidated):
            group = await zarr_async.open_group(store, mode="r")
            self.note("group", group)
            self.note("members", *[node async for _, node in group.members(max_depth=None)])
            self.note("arrays", *[node async for _, node in group.arrays()])
            self.note("item", await group.getitem("x"), await group.getitem("h/y"))
        self.kinds.add(type(group.metadata.consolidated_metadata.metadata))  # type: ignore[union-attr]
        self.note("open", await zarr_async.open(store=self.plain, path="x"))
        self.note("open_array", await zarr_async.open_array(store=self.plain, path="x"))
        new = await zarr_async.create_group(store=MemoryStore())
        self.note("create_array", await new.create_array("a", **MADE))
        self.note("require_array", await new.require_array("b", shape=3, dtype="i2"))
        await new.setitem("c", np.arange(3))
        self.note("set item", await new.getitem("c"))
        self.note("create", await zarr_async.create_array(store=MemoryStore(), **MADE))

    async def waiting(self) -> None:
        """Call the synchronous ones in a thread, which has a copy of the context."""
        await asyncio.to_thread(self.at_once)

    def at_once(self) -> None:
        """Call synchronous functions."""
        for store in (self.plain, self.consolidated):
            group = zarr.open_group(store, mode="r")
            self.note("group", group)
            self.note("members", *dict(group.members(max_depth=None)).values())
            self.note("arrays", *dict(group.arrays()).values())
            self.note("item", group["x"], group["h/y"], *[group[name] for name in group])
        self.kinds.add(type(group.metadata.consolidated_metadata.metadata))  # type: ignore[union-attr]
        self.note("open", zarr.open(self.plain, path="x"))
        self.note("open_array", zarr.open_array(self.plain, path="x"))
        new = zarr.create_group(MemoryStore())
        self.note("create_array", new.create_array("a", **MADE))
        self.note("require_array", new.require_array("b", shape=3, dtype="i2"))
        self.note("create", zarr.create_array(MemoryStore(), **MADE))


def everything(store: Calling, engine: str) -> dict[str, Callable[[], Any]]:
    """Calls with an engine, in which the store calls zarr."""
    group = zarr.open_group(store, engine=engine)
    values = np.arange(4, dtype="i2")
    nodes: dict[str, Any] = {"made": GroupMetadata()}

    async def each() -> None:
        found = await zarr_async.open_group(store, mode="r", engine=engine)
        assert [engine_of(node) async for _, node in found.members(max_depth=None)]
        assert engine_of(await found.getitem("x")) == engine
        await zarr_async.load(store=store, path="x", engine=engine)

    return {
        "open_group": lambda: zarr.open_group(store, mode="r", engine=engine),
        "open": lambda: zarr.open(store, mode="r", engine=engine),
        "open_array": lambda: zarr.open_array(store, path="x", mode="r", engine=engine),
        "item": lambda: group["x"],
        "members": lambda: group.members(max_depth=None),
        "iteration": lambda: list(group),
        "create_array": lambda: group.create_array("new", **MADE),
        "require_group": lambda: group.require_group("other"),
        "create_hierarchy": lambda: dict(
            zarr.create_hierarchy(store=store, nodes=nodes, engine=engine)
        ),
        "load": lambda: zarr.load(store, path="x", engine=engine),
        "save": lambda: zarr.save(store, values, path="saved", engine=engine),
        "save_group": lambda: zarr.save_group(store, values, n=values, path="two", engine=engine),
        "awaited": lambda: asyncio.run(each()),
    }


@pytest.mark.parametrize("style", ["awaiting", "waiting"])
@pytest.mark.parametrize("engine", ["reference", "zarrs", "auto"])
def test_native_calls_within_a_store_stay_native(style: str, engine: str) -> None:
    """Catches nodes that a store opens or creates, and that get the engine of the call around."""
    store, seen = calling(), Seen()
    for name, call in everything(store, engine).items():
        seen.engines = {}
        store.hook.call = getattr(seen, style)
        call()
        store.hook.call = None
        assert seen.engines, name
        assert set.union(*seen.engines.values()) == {"zarr"}, (name, seen.engines)
    assert store.hook.within == {"get", "set", "list_dir"}
    assert seen.kinds == {dict}


def test_the_configured_engine_is_that_of_calls_within_a_store() -> None:
    """Catches calls within a store that are native although an engine is configured."""
    store, seen = calling(), Seen()
    store.hook.call = seen.awaiting
    with zarr.config.set({"array.engine": "reference"}):
        zarr.open_group(store, mode="r", engine="zarrs")
    assert set.union(*seen.engines.values()) == {"reference"}


def test_calls_within_a_store_have_their_own_engine() -> None:
    """Catches an engine that is named within a store, and reaches the call around."""
    store, inner = calling(), hierarchy(MemoryStore())
    found: list[str] = []

    async def call() -> None:
        group = await zarr_async.open_group(inner, mode="r", engine="reference")
        found.extend([engine_of(node) async for _, node in group.members(max_depth=None)])

    group = zarr.open_group(store, engine="zarrs")
    store.hook.call = call
    assert {node.engine for _, node in group.members(max_depth=None)} == {"zarrs"}
    assert zarr.open_group(store)["x"].engine == "zarr"
    assert set(found) == {"reference"}
