"""`engine=` of the functions that create members and hierarchies, as mypy and pyright see it.

Each is called with a valid engine and, if its signature types the keyword, with an invalid one: if
the type checker reports no error there, the `type: ignore` itself is an error.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

import numpy as np

import zarr
from zarr.core import group as aio_many
from zarr.core import sync_group as many
from zarr.crud import CrudBackend
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore
from zarr.types import AnyArray, AnyAsyncArray

type Node = zarr.Group | AnyArray
type AsyncNode = zarr.AsyncGroup | AnyAsyncArray
type Nodes = Iterator[tuple[str, Node]]
type AsyncNodes = AsyncIterator[tuple[str, AsyncNode]]

OURS: CrudBackend = ReferenceBackend()
STORE = MemoryStore()
VALUES: Any = np.arange(3)


def probe_members(group: zarr.Group) -> None:
    """Methods of groups."""
    assert_type(group.empty(name="x", shape=(3,), engine=OURS), AnyArray)
    assert_type(group.zeros(name="x", shape=(3,), engine=OURS), AnyArray)
    assert_type(group.ones(name="x", shape=(3,), engine=OURS), AnyArray)
    assert_type(group.full(name="x", shape=(3,), fill_value=1, engine=OURS), AnyArray)
    assert_type(group.empty_like(name="x", data=VALUES, engine=OURS), AnyArray)
    assert_type(group.zeros_like(name="x", data=VALUES, engine=OURS), AnyArray)
    assert_type(group.ones_like(name="x", data=VALUES, engine=OURS), AnyArray)
    assert_type(group.full_like(name="x", data=VALUES, engine=OURS), AnyArray)
    assert_type(group.create_array("x", shape=(3,), dtype="i2", engine=OURS), AnyArray)
    group.create_array("x", shape=(3,), dtype="i2", engine=7)  # type: ignore[arg-type]
    assert_type(group.require_array("x", shape=(3,), engine=OURS), AnyArray)
    group.require_array("x", shape=(3,), engine=7)  # type: ignore[arg-type]
    assert_type(group.create("x", shape=(3,), dtype="i2", engine=OURS), AnyArray)
    group.create("x", shape=(3,), dtype="i2", engine=7)  # type: ignore[arg-type]
    assert_type(group.create_group("g", engine=OURS), zarr.Group)
    group.create_group("g", engine=7)  # type: ignore[arg-type]
    assert_type(group.require_group("g", engine=OURS), zarr.Group)
    assert_type(group.require_groups("g", "h", engine=OURS), tuple[zarr.Group, ...])
    group.require_groups("g", "h", engine=7)  # type: ignore[arg-type]
    assert_type(group.create_hierarchy({}, engine=OURS), Nodes)
    group.create_hierarchy({}, engine=7)  # type: ignore[arg-type]


async def probe_async_members(group: zarr.AsyncGroup) -> None:
    """Methods of asynchronous groups."""
    assert_type(await group.empty(name="x", shape=(3,), engine=OURS), AnyAsyncArray)
    assert_type(await group.zeros(name="x", shape=(3,), engine=OURS), AnyAsyncArray)
    assert_type(await group.ones(name="x", shape=(3,), engine=OURS), AnyAsyncArray)
    assert_type(await group.full(name="x", shape=(3,), fill_value=1, engine=OURS), AnyAsyncArray)
    assert_type(await group.empty_like(name="x", data=VALUES, engine=OURS), AnyAsyncArray)
    assert_type(await group.zeros_like(name="x", data=VALUES, engine=OURS), AnyAsyncArray)
    assert_type(await group.ones_like(name="x", data=VALUES, engine=OURS), AnyAsyncArray)
    assert_type(await group.full_like(name="x", data=VALUES, engine=OURS), AnyAsyncArray)
    assert_type(await group.create_array("x", shape=(3,), dtype="i2", engine=OURS), AnyAsyncArray)
    await group.create_array("x", shape=(3,), dtype="i2", engine=7)  # type: ignore[arg-type]
    assert_type(await group.require_array("x", shape=(3,), engine=OURS), AnyAsyncArray)
    await group.require_array("x", shape=(3,), engine=7)  # type: ignore[arg-type]
    assert_type(await group.create_group("g", engine=OURS), zarr.AsyncGroup)
    await group.create_group("g", engine=7)  # type: ignore[arg-type]
    assert_type(await group.require_group("g", engine=OURS), zarr.AsyncGroup)
    await group.require_group("g", engine=7)  # type: ignore[arg-type]
    assert_type(await group.require_groups("g", "h", engine=OURS), tuple[zarr.AsyncGroup, ...])
    await group.require_groups("g", "h", engine=7)  # type: ignore[arg-type]
    assert_type(group.create_hierarchy({}, engine=OURS), AsyncNodes)
    group.create_hierarchy({}, engine=7)  # type: ignore[arg-type]


def probe_hierarchies() -> None:
    """Functions that create many nodes."""
    assert_type(many.create_nodes(store=STORE, nodes={}, engine=OURS), Nodes)
    many.create_nodes(store=STORE, nodes={}, engine=7)  # type: ignore[arg-type]
    assert_type(many.create_hierarchy(store=STORE, nodes={}, engine=OURS), Nodes)
    many.create_hierarchy(store=STORE, nodes={}, engine=7)  # type: ignore[arg-type]
    assert_type(many.create_rooted_hierarchy(store=STORE, nodes={}, engine=OURS), Node)
    many.create_rooted_hierarchy(store=STORE, nodes={}, engine=7)  # type: ignore[arg-type]


async def probe_async_hierarchies() -> None:
    """The same functions of the asynchronous interface."""
    assert_type(aio_many.create_nodes(store=STORE, nodes={}, engine=OURS), AsyncNodes)
    aio_many.create_nodes(store=STORE, nodes={}, engine=7)  # type: ignore[arg-type]
    assert_type(aio_many.create_hierarchy(store=STORE, nodes={}, engine=OURS), AsyncNodes)
    aio_many.create_hierarchy(store=STORE, nodes={}, engine=7)  # type: ignore[arg-type]
    assert_type(
        await aio_many.create_rooted_hierarchy(store=STORE, nodes={}, engine=OURS), AsyncNode
    )
    await aio_many.create_rooted_hierarchy(store=STORE, nodes={}, engine=7)  # type: ignore[arg-type]
