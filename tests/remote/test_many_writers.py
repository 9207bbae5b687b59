"""Writers in several processes: each element that one of them wrote is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.remote import stores
from tests.remote.writers import write_at_once
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from tests.remote.server import Server

COUNT = 400
LAYOUTS = {"chunk": {"chunks": (COUNT,)}, "shard": {"chunks": (50,), "shards": (COUNT,)}}
KINDS = {
    "reference": ["reference"] * 4,
    "bridge": ["bridge"] * 4,
    "mixed": ["reference", "bridge", "zarrs", "bridge"],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kinds", KINDS)
def test_four_processes_keep_every_element(server: Server, kinds: str, layout: str) -> None:
    """Catches an update that one process overwrites with what it read before."""
    store = ObjectStore(stores.s3(server))
    zarr.create_array(store, shape=(COUNT,), dtype="i4", **LAYOUTS[layout])  # type: ignore[arg-type]
    write_at_once(server.url, KINDS[kinds], COUNT)
    found = zarr.open_array(store, mode="r")[...]
    np.testing.assert_array_equal(found, np.arange(COUNT, dtype="i4") + 1)
    keys = [key for key in server.objects if not key.endswith("zarr.json")]
    assert keys == ["bucket/data/c/0"]
    assert not server.gets("HEAD")
