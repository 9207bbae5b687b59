"""Reads that are awaited, without the rest of the project."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np

import _zarrs_bindings as zb
from tests.bindings.support import Bridge, document

if TYPE_CHECKING:
    from tests.remote.server import Server

SHAPE = (7, 5)
ALL = ((0, 1, 7), (0, 1, 5))


def remote(server: Server) -> zb.RemoteStore:
    """Return a store of the values below `data`."""
    options = [("allow_http", "true")]
    url = f"{server.url}/bucket/data"
    return zb.RemoteStore("http", zb.PythonStore(Bridge()), url=url, client_options=options)


def fill(server: Server) -> Any:
    """Store chunks of 3 by 2 elements, all but the last; return the elements of the array."""
    values = np.arange(1, 36, dtype="i4").reshape(SHAPE)
    padded = np.zeros((9, 6), "i4")
    padded[:7, :5] = values
    for row in range(3):
        for column in range(3):
            chunk = padded[3 * row :, 2 * column :][:3, :2]
            server.objects[f"bucket/data/c/{row}/{column}"] = chunk.tobytes()
    del server.objects["bucket/data/c/2/2"]
    values[6:, 4:] = 0
    return values


def region(
    store: Any, selection: Any = ALL, out: Any = None, options: Any = None, **members: Any
) -> zb.AwaitedRead:
    """Plan a read of the array."""
    dtype = np.dtype("i4")
    read = zb.begin_region(document(**members), store, selection, "", dtype, out, options)
    assert read is not None
    return read


async def result(read: zb.AwaitedRead) -> Any:
    """Begin a read and wait for its end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()
    read.start(loop, done)
    return await done
