"""Stores on the server of the tests, and arrays in them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from obstore.store import HTTPStore, S3Store

import zarr
from zarr import crud
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from tests.remote.server import Server
    from zarr.abc.store import Store


class Bridged(ObjectStore):  # type: ignore[type-arg]
    """The same store, but not of the exact type: it is read through Python."""


def s3(server: Server, prefix: str | None = "data", **options: Any) -> S3Store:
    """Return obstore's store of the bucket `bucket`."""
    options = {"skip_signature": True, **options}
    client: Any = {"allow_http": True, **options.pop("client_options", {})}
    return S3Store(
        "bucket",
        prefix=prefix,
        endpoint=server.url,
        region="us-east-1",
        client_options=client,
        retry_config=_quick(options.pop("retry_config", {})),
        **options,
    )


def http(server: Server, prefix: str = "data", **options: Any) -> HTTPStore:
    """Return obstore's store of the same values over plain HTTP."""
    return HTTPStore.from_url(
        f"{server.url}/bucket/{prefix}",
        client_options={"allow_http": True},
        retry_config=_quick(options.get("retry_config", {})),
    )


def _quick(given: dict[str, Any]) -> Any:
    """Return retries that do not make a test wait."""
    backoff = {
        "init_backoff": timedelta(seconds=0.01),
        "max_backoff": timedelta(seconds=0.05),
        "base": 2,
    }
    return {"max_retries": 6, "backoff": backoff, "retry_timeout": timedelta(seconds=30), **given}


def native(server: Server, prefix: str | None = "data", **options: Any) -> ObjectStore[Any]:
    """Return a store that the extension reads itself."""
    return ObjectStore(s3(server, prefix, **options))


def make(server: Server, shape: tuple[int, ...] = (40, 30), **options: Any) -> Any:
    """Create an array of distinct values under `data`; return its values."""
    options = {"chunks": (8, 7), "dtype": "i4", "compressors": None, **options}
    dtype = options.pop("dtype")
    data = (np.arange(np.prod(shape)).reshape(shape) + 1).astype(dtype)
    array = zarr.create_array(
        ObjectStore(s3(server)), shape=shape, dtype=dtype, overwrite=True, **options
    )
    array[...] = data
    server.reset()
    return data


def opened(store: Store, engine: str = "zarrs") -> Any:
    """Open the array of a store, and read nothing of it yet."""
    return zarr.open_array(store, mode="r", engine=engine)


def writable(store: Store, engine: str = "zarrs", **options: Any) -> Any:
    """Open the array of a store for writing, with these options of the engine."""
    array = zarr.open_array(store, mode="r+", engine=engine)
    return array.with_config({"engine_options": crud.Options(**options)}) if options else array


def put_by_another(server: Server, path: str, value: bytes) -> None:
    """Replace a value behind the back of the stores."""
    server.objects[f"bucket/data/{path}"] = value
