"""Values of a plain HTTP server, and answers that obstore takes for absent ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

import zarr
from tests.crud.object_server import serving
from zarr import crud
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.crud._stores.http_values import get_over_http, is_over_http
from zarr.storage import MemoryStore, ObjectStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crud.object_server import ObjectServer
    from zarr.core.buffer import Buffer

VALUE = b"0123456789"
DATA = np.arange(1, 36, dtype="i4").reshape(7, 5)


class Alike(ObjectStore[Any]):
    """The same store, but not of the exact type: all engines read it through Python."""


@pytest.fixture
def server() -> Iterator[ObjectServer]:
    with serving("right") as server:
        yield server


def at(server: ObjectServer) -> Any:
    plain: Any = {"allow_http": True}
    return ObjectStore(obstore.store.HTTPStore.from_url(server.url, client_options=plain))


def got(server: ObjectServer, key: str, byte_range: Any = None) -> bytes | None:
    async def get() -> Buffer | None:
        return await get_over_http(at(server), key, default_buffer_prototype(), byte_range)

    found = asyncio.run(get())
    return None if found is None else found.to_bytes()


@pytest.mark.parametrize(
    ("byte_range", "wanted"),
    [
        (None, VALUE),
        (RangeByteRequest(2, 5), b"234"),
        (OffsetByteRequest(7), b"789"),
        (SuffixByteRequest(4), b"6789"),
    ],
)
def test_a_value_is_there_or_absent_or_refused(
    byte_range: Any, wanted: bytes, server: ObjectServer
) -> None:
    """Catches a value that the server lets nobody get and that is taken for an absent one, and an
    absent one that is an error.
    """
    server.values["k"] = VALUE
    assert got(server, "k", byte_range) == wanted
    assert got(server, "405", byte_range) is None
    server.refused.add("k")
    with pytest.raises(obstore.exceptions.GenericError, match=r"'k' cannot be read: .* 405 Method"):
        got(server, "k", byte_range)


def test_only_stores_over_plain_http_are_meant(server: ObjectServer) -> None:
    """Catches a store whose own `get` is bypassed."""

    class Own(ObjectStore[Any]):
        async def get(self, *args: Any, **options: Any) -> Any:
            return await super().get(*args, **options)

    assert is_over_http(at(server))
    assert is_over_http(Alike(at(server).store))
    others = [Own(at(server).store), ObjectStore(obstore.store.MemoryStore()), MemoryStore()]
    assert not any(map(is_over_http, others))


@pytest.mark.parametrize("immutable", [None, True])
@pytest.mark.parametrize(("version", "shards"), [(2, None), (3, None), (3, (6, 4))])
@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_a_refused_chunk_is_not_read_as_fill_values(
    engine: Any, version: Any, shards: Any, immutable: bool | None, server: ObjectServer
) -> None:
    """Catches fill values for elements that the server lets nobody get, with an engine that reads
    through Python.
    """
    memory = MemoryStore()
    array: Any = zarr.create_array(
        memory, shape=(7, 5), chunks=(3, 2), shards=shards, dtype="i4", zarr_format=version
    )
    array[...] = DATA
    document = crud.read_metadata(memory)
    server.values = {key: value.to_bytes() for key, value in memory._store_dict.items()}
    options = crud.Options(immutable_store=immutable)
    store = Alike(at(server).store)

    def read() -> Any:
        return crud.read_region(
            document, store, (slice(1, 2),), engine=engine, options=options, detached=True
        )

    assert np.array_equal(read(), DATA[1:2])
    server.refused.add("0.1" if version == 2 else "c/0/1")
    with pytest.raises(obstore.exceptions.GenericError, match=r"'(0\.1|c/0/1)' .* 405 Method"):
        read()


def test_a_refused_document_is_no_missing_node(server: ObjectServer) -> None:
    """Catches an array that seems not to exist."""
    server.refused.add("zarr.json")
    with pytest.raises(obstore.exceptions.GenericError, match=r"'zarr\.json' .* 405 Method"):
        crud.read_metadata(at(server), engine="reference")
