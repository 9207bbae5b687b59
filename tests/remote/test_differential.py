"""Natively, through the bridge and with zarr's own code: the same elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
import zarr
from tests.remote import stores
from zarr import crud
from zarr.codecs import BytesCodec, ShardingCodec, TransposeCodec, ZstdCodec
from zarr.storage import ObjectStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from tests.remote.server import Server

SHAPE = (23, 17)

ARRAYS: dict[str, dict[str, Any]] = {
    "raw": {"dtype": "i4", "chunks": (5, 4), "compressors": None},
    "default codecs": {"dtype": "f8", "chunks": (5, 4)},
    "format 2": {"dtype": "i2", "chunks": (5, 4), "zarr_format": 2},
    "format 2, big-endian": {"dtype": ">i4", "chunks": (7, 17), "zarr_format": 2},
    "big-endian": {"dtype": "u2", "chunks": (5, 4), "serializer": BytesCodec(endian="big")},
    "shards": {"dtype": "i4", "chunks": (3, 2), "shards": (9, 8)},
    "raw shards": {"dtype": "i4", "chunks": (3, 2), "shards": (9, 8), "compressors": None},
    "index first": {
        "dtype": "u1",
        "chunks": (8, 9),
        "serializer": ShardingCodec(
            chunk_shape=(4, 3), codecs=[BytesCodec()], index_location="start"
        ),
        "compressors": None,
    },
    "compressed shards": {
        "dtype": "u1",
        "chunks": (8, 9),
        "serializer": ShardingCodec(chunk_shape=(4, 3), codecs=[BytesCodec()]),
        "compressors": ZstdCodec(),
    },
    "transposed": {
        "dtype": "i4",
        "chunks": (5, 4),
        "filters": TransposeCodec(order=(1, 0)),
        "compressors": None,
    },
    "strings": {"dtype": "str", "chunks": (5, 4)},
    "strings in shards": {"dtype": "str", "chunks": (3, 2), "shards": (9, 8)},
    "one chunk": {"dtype": "i4", "chunks": SHAPE},
}

OPTIONS = {
    "by default": crud.Options(),
    "no gap": crud.Options(coalesce_max_gap=0),
    "short ranges": crud.Options(coalesce_max_gap=4, coalesce_max_bytes=64),
    "one thread": crud.Options(concurrency=1, coalesce_max_gap=0),
}


def selections() -> dict[str, Any]:
    """One selection for each method of an array."""
    mask = np.zeros(SHAPE, bool)
    mask[::5, ::3] = mask[22, 16] = True
    points = np.array([0, 22, 7, 7, 3]), np.array([16, 0, 5, 5, 9])
    return {
        "get_basic_selection": [..., (slice(2, 20, 3), slice(16, 17)), (22, 16), (slice(5, 5),)],
        "get_orthogonal_selection": [([1, 4, 22], slice(None)), (slice(0, 9), [0, 16, 3])],
        "get_coordinate_selection": [points],
        "get_mask_selection": [mask],
        "get_block_selection": [(0, 0), (0, slice(0, 1))],
    }


def values(dtype: str) -> Any:
    """Distinct values; one part has only fill values."""
    numbers = np.arange(np.prod(SHAPE)).reshape(SHAPE) % 251
    numbers[9:18, 8:16] = 0
    if dtype == "str":
        texts = np.array([f"ä{n}" if n else "" for n in numbers.ravel()], dtype=object)
        return texts.reshape(SHAPE).astype(np.dtypes.StringDType())
    return numbers.astype(dtype)


@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed` codec")
@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("protocol", ["s3", "http"])
def test_all_ways_give_the_same_elements(server: Server, name: str, protocol: str) -> None:
    """Catches wrong places, wrong byte orders, and chunks that are lost or read as missing."""
    written = zarr.create_array(
        ObjectStore(stores.s3(server)), shape=SHAPE, overwrite=True, **ARRAYS[name]
    )
    written[...] = values(ARRAYS[name]["dtype"])
    inner = stores.s3(server) if protocol == "s3" else stores.http(server)
    plain = stores.opened(ObjectStore(inner), "zarr")
    native = stores.opened(ObjectStore(inner))
    bridged = stores.opened(stores.Bridged(inner))
    assert isinstance(handle_of(native.store), zb.RemoteStore)
    assert isinstance(handle_of(bridged.store), zb.PythonStore)
    for method, chosen in selections().items():
        for selection in chosen:
            expected = getattr(plain, method)(selection)
            for label, options in OPTIONS.items():
                for array in (native, bridged):
                    other = array.with_config({"engine_options": options})
                    found = getattr(other, method)(selection)
                    assert np.array_equal(found, expected), (method, label)
    document = crud.read_metadata(ObjectStore(inner))
    assert np.array_equal(
        crud.read_region(document, ObjectStore(inner), engine="zarrs"), plain[...]
    )


@pytest.mark.parametrize("shape", [(0, 4), (4, 0)])
def test_an_array_without_elements_sends_nothing(server: Server, shape: tuple[int, int]) -> None:
    """Catches a request for a chunk that does not exist."""
    stores.make(server, shape, chunks=(2, 2))
    array = stores.opened(stores.native(server))
    server.reset()
    assert array[...].shape == shape
    assert server.requests == []


async def test_asynchronous_reads_are_the_same(server: Server) -> None:
    """Catches an asynchronous route that does not reach the client, or waits for itself."""
    data = stores.make(server)
    store = stores.native(server)
    document = await crud.read_metadata_async(store)
    found = await crud.read_region_async(document, store, engine="zarrs")
    assert np.array_equal(found, data)
    array = await zarr.api.asynchronous.open_array(store=store, mode="r", engine="zarrs")
    assert np.array_equal(await array.getitem((slice(3, 30), 5)), data[3:30, 5])
