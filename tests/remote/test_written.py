"""Written natively and through the bridge: the same elements and the same stored bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
import zarr
from tests.remote import stores
from tests.remote.test_differential import ARRAYS, SHAPE, values
from zarr import crud
from zarr.storage import ObjectStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from tests.remote.server import Server


def writes() -> list[tuple[str, Any]]:
    """Method, and what it selects, one after the other."""
    mask = np.zeros(SHAPE, bool)
    mask[::5, ::3] = mask[22, 16] = True
    points = np.array([0, 22, 7, 3]), np.array([16, 0, 5, 9])
    return [
        ("set_basic_selection", ...),
        ("set_basic_selection", (slice(2, 20, 3), slice(16, 17))),
        ("set_basic_selection", (slice(5, 5),)),
        ("set_orthogonal_selection", ([1, 4, 22], slice(None))),
        ("set_coordinate_selection", points),
        ("set_mask_selection", mask),
        ("set_block_selection", (0, slice(0, 1))),
        ("set_basic_selection", (slice(9, 18), slice(8, 16))),
        ("set_basic_selection", (slice(0, 9), slice(0, 3))),
    ]


def stored(server: Server, prefix: str) -> dict[str, bytes]:
    """Return the values of the chunks below a prefix."""
    start = f"bucket/{prefix}/"
    found = {path.removeprefix(start): v for path, v in server.objects.items()}
    return {key: value for key, value in found.items() if not key.startswith(("bucket", ".", "z"))}


@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed` codec")
@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize(
    ("locking", "write_empty_chunks"), [("auto", False), ("threads", False), ("auto", True)]
)
def test_native_and_bridged_writes_store_the_same(
    server: Server, name: str, locking: Any, write_empty_chunks: bool
) -> None:
    """Catches wrong places, byte orders and keys, and elements that are lost."""
    options = crud.Options(locking=locking, write_empty_chunks=write_empty_chunks)
    bridge: Any = crud.Options(locking="threads", write_empty_chunks=write_empty_chunks)
    native, bridged, plain = (
        zarr.create_array(store, shape=SHAPE, engine=engine, **ARRAYS[name])
        for store, engine in (
            (ObjectStore(stores.s3(server, "native")), "zarrs"),
            (stores.Bridged(stores.s3(server, "bridged")), "zarrs"),
            (ObjectStore(stores.s3(server, "plain")), "zarr"),
        )
    )
    native = native.with_config({"engine_options": options})
    bridged = bridged.with_config({"engine_options": bridge})
    assert isinstance(handle_of(native.store), zb.RemoteStore)
    data = values(ARRAYS[name]["dtype"])
    for number, (method, selection) in enumerate(writes()):
        get = getattr(plain, method.replace("s", "g", 1))
        chosen: Any = plain[...] if selection is ... else get(selection)
        # The last ones write fill values.
        empty = number >= len(writes()) - 2
        value = data if selection is ... else np.roll(np.resize(data, chosen.shape), number)
        value = np.full_like(value, data[9, 8]) if empty else value
        for array in (native, bridged, plain):
            getattr(array, method)(selection, value)
        assert np.array_equal(native[...], plain[...]), (method, selection)
        assert np.array_equal(bridged[...], plain[...]), (method, selection)
    ours, theirs = stored(server, "native"), stored(server, "bridged")
    # Under a condition, a chunk that becomes empty in part is stored as such.
    extra = set(ours) - set(theirs)
    assert not extra or locking == "auto"
    assert {key: value for key, value in ours.items() if key not in extra} == theirs
    other = ObjectStore(stores.s3(server, "native"))
    assert np.array_equal(stores.opened(other, "zarr")[...], plain[...])
    assert np.array_equal(stores.opened(other, "reference")[...], plain[...])


async def test_asynchronous_writes_are_the_same(server: Server) -> None:
    """Catches an asynchronous route that does not reach the client, or waits for itself."""
    data = stores.make(server)
    store = stores.native(server)
    document = await crud.read_metadata_async(store)
    await crud.write_region_async(document, store, (slice(3, 30), 5), 8, engine="zarrs")
    await crud.write_chunk_async(document, store, (0, 0), np.full((8, 7), 4, "i4"), engine="zarrs")
    data[3:30, 5] = 8
    data[:8, :7] = 4
    assert np.array_equal(stores.opened(store, "zarr")[...], data)
