"""Stores on the server, as their users make them."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from obstore.store import S3Store

from bench.peer import RefusedError
from bench.remote.server import BUCKET
from zarr.storage import FsspecStore, ObjectStore

if TYPE_CHECKING:
    from zarr.abc.store import Store


class Place(NamedTuple):
    """Where an array is."""

    url: str
    """Of the server."""

    name: str
    """Before all its keys."""


@lru_cache(maxsize=16)
def s3(place: Place) -> S3Store:
    """Return obstore's store, with connections that are kept."""
    return S3Store(
        BUCKET,
        prefix=place.name,
        endpoint=place.url,
        region="us-east-1",
        skip_signature=True,
        client_options={"allow_http": True},
    )


def over_obstore(place: Place) -> Store:
    """Return a new store of zarr over obstore; what an engine remembers of another is not its."""
    return ObjectStore(s3(place))


def over_s3fs(place: Place) -> Store:
    """Return the same values as a file system of s3fs."""
    if importlib.util.find_spec("s3fs") is None:
        raise RefusedError("s3fs is not installed")
    options: dict[str, Any] = {
        "endpoint_url": place.url,
        "anon": True,
        "client_kwargs": {"region_name": "us-east-1"},
    }
    return FsspecStore.from_url(f"s3://{BUCKET}/{place.name}", storage_options=options)


def over_http(place: Place) -> Store:
    """Return the same values over plain HTTP, which is read only."""
    return FsspecStore.from_url(f"{place.url}/{BUCKET}/{place.name}", read_only=True)
