"""`engine=` of the functions that create or open a node, as mypy and pyright see it.

Each is called with a valid engine and, if its signature types the keyword, with an invalid one: if
the type checker reports no error there, the `type: ignore` itself is an error.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import Any, assert_type

import numpy as np

import zarr
from zarr.api import asynchronous as aio
from zarr.api import synchronous as api
from zarr.core.buffer import NDArrayLikeOrScalar
from zarr.crud import CrudBackend
from zarr.crud.reference import ReferenceBackend
from zarr.types import AnyArray, AnyAsyncArray

type Node = zarr.Group | AnyArray
type Loaded = NDArrayLikeOrScalar | dict[str, NDArrayLikeOrScalar]
type AsyncNode = zarr.AsyncGroup | AnyAsyncArray

OURS: CrudBackend = ReferenceBackend()
VALUES: Any = np.arange(3)


def probe_arrays() -> None:
    """Functions that create or open arrays."""
    assert_type(api.create((3,), engine=OURS), AnyArray)
    api.create((3,), engine=7)  # type: ignore[arg-type]
    assert_type(api.empty((3,), engine=OURS), AnyArray)
    assert_type(api.zeros((3,), engine=OURS), AnyArray)
    assert_type(api.ones((3,), engine=OURS), AnyArray)
    assert_type(api.full((3,), 1, engine=OURS), AnyArray)
    assert_type(api.array(VALUES, engine=OURS), AnyArray)
    api.array(VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(api.empty_like(VALUES, engine=OURS), AnyArray)
    assert_type(api.zeros_like(VALUES, engine=OURS), AnyArray)
    assert_type(api.ones_like(VALUES, engine=OURS), AnyArray)
    assert_type(api.full_like(VALUES, engine=OURS), AnyArray)
    assert_type(api.open_like(VALUES, "x", engine=OURS), AnyArray)
    api.open_like(VALUES, "x", engine=7)  # type: ignore[arg-type]
    assert_type(api.open_array(engine=OURS), AnyArray)
    api.open_array(engine=7)  # type: ignore[arg-type]
    assert_type(api.create_array({}, shape=(3,), dtype="i2", engine=OURS), AnyArray)
    api.create_array({}, shape=(3,), dtype="i2", engine=7)  # type: ignore[arg-type]
    assert_type(api.from_array({}, data=VALUES, engine=OURS), AnyArray)
    api.from_array({}, data=VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(api.open(engine=OURS), Node)
    api.open(engine=7)  # type: ignore[arg-type]
    assert_type(api.save_array({}, VALUES, engine=OURS), None)
    api.save_array({}, VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(api.save({}, VALUES, engine=OURS), None)
    api.save({}, VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(api.save_group({}, VALUES, x=VALUES, engine=OURS), None)
    api.save_group({}, VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(api.load({}, "x", engine=OURS), Loaded)
    api.load({}, engine=7)  # type: ignore[arg-type]


async def probe_async_arrays() -> None:
    """The same functions of the asynchronous interface."""
    assert_type(await aio.create((3,), engine=OURS), AnyAsyncArray)
    await aio.create((3,), engine=7)  # type: ignore[arg-type]
    assert_type(await aio.empty((3,), engine=OURS), AnyAsyncArray)
    assert_type(await aio.zeros((3,), engine=OURS), AnyAsyncArray)
    assert_type(await aio.ones((3,), engine=OURS), AnyAsyncArray)
    assert_type(await aio.full((3,), 1, engine=OURS), AnyAsyncArray)
    assert_type(await aio.array(VALUES, engine=OURS), AnyAsyncArray)
    await aio.array(VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(await aio.empty_like(VALUES, engine=OURS), AnyAsyncArray)
    assert_type(await aio.zeros_like(VALUES, engine=OURS), AnyAsyncArray)
    assert_type(await aio.ones_like(VALUES, engine=OURS), AnyAsyncArray)
    assert_type(await aio.full_like(VALUES, engine=OURS), AnyAsyncArray)
    assert_type(await aio.open_like(VALUES, "x", engine=OURS), AnyAsyncArray)
    await aio.open_like(VALUES, "x", engine=7)  # type: ignore[arg-type]
    assert_type(await aio.open_array(engine=OURS), AnyAsyncArray)
    await aio.open_array(engine=7)  # type: ignore[arg-type]
    assert_type(await aio.create_array({}, shape=(3,), dtype="i2", engine=OURS), AnyAsyncArray)
    await aio.create_array({}, shape=(3,), dtype="i2", engine=7)  # type: ignore[arg-type]
    assert_type(await aio.from_array({}, data=VALUES, engine=OURS), AnyAsyncArray)
    await aio.from_array({}, data=VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(await aio.open(engine=OURS), AsyncNode)
    await aio.open(engine=7)  # type: ignore[arg-type]
    assert_type(await aio.save_array({}, VALUES, engine=OURS), None)
    await aio.save_array({}, VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(await aio.save({}, VALUES, engine=OURS), None)
    await aio.save({}, VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(await aio.save_group({}, VALUES, x=VALUES, engine=OURS), None)
    await aio.save_group({}, VALUES, engine=7)  # type: ignore[arg-type]
    assert_type(await aio.load(store={}, path="x", engine=OURS), Loaded)
    await aio.load(store={}, engine=7)  # type: ignore[arg-type]


def probe_groups() -> None:
    """Functions that create or open groups."""
    assert_type(api.open_consolidated(engine=OURS), zarr.Group)
    api.open_consolidated(engine=7)  # type: ignore[arg-type]
    assert_type(api.create_group(store={}, engine=OURS), zarr.Group)
    api.create_group(store={}, engine=7)  # type: ignore[arg-type]
    assert_type(api.group(engine=OURS), zarr.Group)
    api.group(engine=7)  # type: ignore[arg-type]
    assert_type(api.open_group(engine=OURS), zarr.Group)
    api.open_group(engine=7)  # type: ignore[arg-type]


async def probe_async_groups() -> None:
    """The same functions of the asynchronous interface."""
    assert_type(await aio.open_consolidated(engine=OURS), zarr.AsyncGroup)
    await aio.open_consolidated(engine=7)  # type: ignore[arg-type]
    assert_type(await aio.create_group(store={}, engine=OURS), zarr.AsyncGroup)
    await aio.create_group(store={}, engine=7)  # type: ignore[arg-type]
    assert_type(await aio.group(engine=OURS), zarr.AsyncGroup)
    await aio.group(engine=7)  # type: ignore[arg-type]
    assert_type(await aio.open_group(engine=OURS), zarr.AsyncGroup)
    await aio.open_group(engine=7)  # type: ignore[arg-type]
