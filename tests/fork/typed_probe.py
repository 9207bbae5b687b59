"""What type checkers must see in the assembled package; pyright and mypy read this file."""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import zarr
import zarr.crud
from zarr._engine import EngineLike
from zarr.api import asynchronous
from zarr.core.array_spec import ArrayConfig, ArrayConfigParams


def probe_open_array(path: str) -> None:
    """`engine` is a parameter of open_array, and an attribute of its result."""
    array = zarr.open_array(path, engine="zarrs")
    assert_type(array.engine, str)
    assert_type(array.async_array.engine, str)
    zarr.open_array(path, engine=None, config={"engine": "reference"})
    zarr.open_array(path, engine=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def probe_fixed_engines(path: str) -> None:
    """The engine of an array or group cannot be assigned."""
    array, group = zarr.open_array(path), zarr.open_group(path)
    array.engine = "zarrs"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    array.async_array.engine = "zarrs"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    group.engine = "zarrs"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]


def probe_makers(path: str, backend: zarr.crud.CrudBackend) -> None:
    """Functions that create or open arrays take an engine, and nothing else, as `engine=`."""
    assert_type(zarr.create_array(path, shape=(3,), dtype="i2", engine=backend).engine, str)
    assert_type(zarr.create((3,), store=path, engine="auto").engine, str)
    assert_type(zarr.from_array(path, data=np.zeros(3), engine=backend).engine, str)
    assert_type(zarr.open(path, engine=backend).engine, str)
    assert_type(zarr.zeros((3,), store=path, engine=backend).engine, str)
    zarr.create((3,), engine=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    zarr.open(path, engine=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def probe_groups(path: str, backend: zarr.crud.CrudBackend) -> None:
    """Groups have an engine; their methods that create members take another."""
    group = zarr.open_group(path, engine=backend)
    assert_type(group, zarr.Group)
    assert_type(group.engine, str)
    assert_type(zarr.create_group(path, engine="zarrs").engine, str)
    assert_type(zarr.group(path, engine="zarrs").engine, str)
    assert_type(group.create_array("x", shape=(3,), dtype="i2", engine="auto").engine, str)
    assert_type(group.require_array("x", shape=(3,), engine=backend).engine, str)
    assert_type(group.create_group("g", engine="zarrs").engine, str)
    assert_type(group.zeros(name="z", shape=(3,), engine=backend).engine, str)
    zarr.open_group(path, engine=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def probe_async_groups(path: str, backend: zarr.crud.CrudBackend) -> None:
    """The same in the asynchronous interface."""
    group = await asynchronous.open_group(path, engine=backend)
    assert_type(group, zarr.AsyncGroup)
    assert_type(group.engine, str)
    assert_type((await group.create_group("g", engine="zarrs")).engine, str)
    array = await group.create_array("x", shape=(3,), dtype="i2", engine=backend)
    assert_type(array.engine, str)


def probe_config(backend: zarr.crud.CrudBackend) -> ArrayConfigParams:
    """The engine is a key of array configs and a field of the config object."""
    assert_type(ArrayConfig("C", write_empty_chunks=False, engine=backend).engine, EngineLike)
    return {"engine": backend}


def probe_options(path: str) -> None:
    """The options of an engine are typed by field, wherever an array config is accepted."""
    zarr.open_array(path, engine="zarrs", config={"engine_options": {"concurrency": 1}})
    zarr.open_array(path, engine="zarrs", config={"engine_options": zarr.crud.Options()})
    array = zarr.open_array(path, engine="zarrs", config={"engine_options": None})
    assert_type(array.config.engine_options.get("durability"), Any | None)
    assert_type(array.engine_info().options, zarr.crud.Options | None)
    wrong: ArrayConfigParams = {"engine_options": {"concurency": 1}}  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
    wrong = {"engine_options": {"durability": "fsinc"}}  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
    array.with_config(wrong)


def probe_zarrs() -> None:
    """zarr.zarrs is available after `import zarr`."""
    assert_type(zarr.zarrs.memory_pool_info().nbytes, int)
    assert_type(zarr.zarrs.is_available(), bool)
    zarr.zarrs.memory_pool_info(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def probe_crud(path: str) -> npt.NDArray[np.generic]:
    """zarr.crud is part of the typed package."""
    metadata = zarr.crud.read_metadata(path)
    return np.asarray(zarr.crud.read_region(metadata, path, ...))
