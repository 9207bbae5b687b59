"""Writers that are faster than another one, between its read of a chunk and its write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import zarr
from tests.remote import stores
from zarr import crud
from zarr.storage import MemoryStore, ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server

KEY: Final = "bucket/data/c/0"
WRITERS: Final = {"reference": (ObjectStore, "reference"), "bridge": (stores.Bridged, "zarrs")}

LAYOUTS: Final[dict[str, dict[str, Any]]] = {
    "format 3": {"chunks": (8,)},
    "format 2": {"chunks": (8,), "zarr_format": 2},
    "shard": {"chunks": (2,), "shards": (8,)},
    "big-endian": {"chunks": (8,), "dtype": ">i4"},
    "text": {"chunks": (8,), "dtype": str},
    "text in a shard": {"chunks": (2,), "shards": (8,), "dtype": str},
}


class Writer:
    """Writes to an array of elements `0` to `15`, in two chunks, on the server."""

    def __init__(self, server: Server, kind: str, layout: str = "format 3", **options: Any) -> None:
        self.server = server
        self.layout: dict[str, Any] = {
            "shape": (16,), "dtype": "i4", "compressors": None, **LAYOUTS[layout]
        }  # fmt: skip
        of, self.engine = WRITERS[kind]
        self.store: Any = of(stores.s3(server, **options))
        self.array = zarr.create_array(self.store, overwrite=True, **self.layout)
        self.key = "bucket/data/0" if "zarr_format" in self.layout else KEY
        server.reset()
        self.values = [self.value(number) for number in range(16)]

    def value(self, number: int) -> Any:
        """Return an element."""
        return str(number) if self.layout["dtype"] is str else number

    def fill(self) -> None:
        """Store all elements, and forget the requests."""
        self.array[...] = np.asarray(self.values, dtype=self.array.dtype)
        self.server.reset()

    def write(self, selection: Any, value: Any, *, twin: bool = False, **options: Any) -> None:
        """Write by a function of `zarr.crud`, or by its asynchronous twin."""
        given: dict[str, Any] = {
            "engine": self.engine,
            "options": crud.Options(**options) if options else None,
        }
        arguments = (self.array.metadata, self.store, selection, value)
        if twin:
            asyncio.run(crud.write_region_async(*arguments, **given))
        else:
            crud.write_region(*arguments, **given)

    def read(self) -> list[Any]:
        """Return the elements that are stored."""
        return list(np.asarray(zarr.open_array(self.store, mode="r")[...]).tolist())

    def theirs(self, at: int, value: int, *, of: bool = True) -> bytes:
        """Return the stored bytes of the first chunk after another writer wrote an element."""
        store = MemoryStore()
        other = zarr.create_array(store, **self.layout)
        if of:
            other[...] = np.asarray(self.values, dtype=other.dtype)
        other[at] = self.value(value)
        key = self.key.removeprefix("bucket/data/")
        return store._store_dict[key].to_bytes()

    def sent(self) -> list[str]:
        """Return the requests for chunks, in order, with their conditions."""
        found = []
        for request in self.server.requests:
            if ".z" in request.path or "zarr.json" in request.path:
                continue
            condition = [n for n in ("if-match", "if-none-match") if n in request.headers]
            found.append(" ".join([request.method, *condition]))
        return found


def once(server: Server, key: str, value: bytes | None) -> None:
    """Let another writer replace or delete a value after it was read for the first time."""

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "GET" and request.path == key:
            server.hook = None
            if value is None:
                del server.objects[key]
            else:
                server.objects[key] = value

    server.hook = hook


def on_put(server: Server, act: Callable[[Reply], None], times: int) -> None:
    """Change the answers to the first puts."""
    left = [times]

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "PUT" and left[0]:
            left[0] -= 1
            act(reply)

    server.hook = hook
