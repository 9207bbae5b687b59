"""Every way to write the first two elements of an array of four, in chunks of two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import numpy as np

import zarr
from zarr import crud
from zarr.storage import MemoryStore

MASK: Final = np.array([True, True, False, False])

SELECTIONS: Final[dict[str, Any]] = {
    "basic": slice(0, 2),
    "orthogonal": ([0, 1],),
    "coordinate": ([0, 1],),
    "mask": MASK,
    "block": 0,
}


def _region(kind: Any) -> Callable[[Any, Any], None]:
    def write(array: Any, value: Any) -> None:
        crud.write_region(
            array.metadata,
            array.store,
            SELECTIONS[kind],
            value,
            kind=kind,
            engine=array.engine,
        )

    return write


def _method(kind: str) -> Callable[[Any, Any], None]:
    def write(array: Any, value: Any) -> None:
        getattr(array, f"set_{kind}_selection")(SELECTIONS[kind], value)

    return write


def _chunk(array: Any, value: Any) -> None:
    crud.write_chunk(array.metadata, array.store, (0,), value, engine=array.engine)


def _encoded(array: Any, value: Any) -> None:
    data = crud.encode_chunk(array.metadata, value, engine=array.engine)
    crud.write_encoded_chunk(array.metadata, array.store, (0,), data)


def _points_in_rows(array: Any, value: Any) -> None:
    array.vindex[np.array([[0], [1]])] = value


def _asynchronous(array: Any, value: Any) -> None:
    asyncio.run(array._async_array.setitem(slice(0, 2), value))


def append(array: Any, value: Any, route: str) -> None:
    """Append by the synchronous or the asynchronous method."""
    if route == "append":
        array.append(value)
    else:
        asyncio.run(array._async_array.append(value))


def _item(array: Any, value: Any) -> None:
    array[0:2] = value


def _list(array: Any, value: Any) -> None:
    array[[0, 1]] = value


def _outer(array: Any, value: Any) -> None:
    array.oindex[[0, 1]] = value


def _points(array: Any, value: Any) -> None:
    array.vindex[[0, 1]] = value


def _mask(array: Any, value: Any) -> None:
    array[MASK] = value


def _block(array: Any, value: Any) -> None:
    array.blocks[0] = value


WRITERS: Final[dict[str, Callable[[Any, Any], None]]] = {
    **{f"write_region {kind}": _region(kind) for kind in SELECTIONS},
    **{f"set_{kind}_selection": _method(kind) for kind in SELECTIONS},
    "write_chunk": _chunk,
    "encode_chunk": _encoded,
    "item": _item,
    "list": _list,
    "oindex": _outer,
    "vindex": _points,
    "vindex in rows": _points_in_rows,
    "mask": _mask,
    "blocks": _block,
    "setitem": _asynchronous,
}


def four(dtype: Any, zarr_format: Any, engine: str, **options: Any) -> Any:
    """Create the array that the writers write to."""
    array = zarr.create_array(
        MemoryStore(), shape=(4,), chunks=(2,), dtype=dtype, zarr_format=zarr_format, **options
    )
    return array.with_engine(engine)
