"""Every kind of store that zarr has, through the extension's bridge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import icechunk
import numpy as np
import obstore
import pytest

import zarr
from zarr import crud
from zarr.crud.testing import assert_same
from zarr.storage import (
    FsspecStore,
    LocalStore,
    LoggingStore,
    MemoryStore,
    ObjectStore,
    WrapperStore,
    ZipStore,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zarr.abc.store import Store

VALUES = np.arange(35, dtype="i2").reshape(7, 5)

STORES: dict[str, Callable[[Path], Store]] = {
    "fsspec in memory": lambda folder: FsspecStore.from_url(f"memory://{folder.name}"),
    "icechunk": lambda _: (
        icechunk.Repository.create(icechunk.in_memory_storage()).writable_session("main").store
    ),
    "logging": lambda _: LoggingStore(MemoryStore()),
    "obstore in memory": lambda _: ObjectStore(obstore.store.MemoryStore()),
    "obstore on disk": lambda folder: ObjectStore(obstore.store.LocalStore(str(folder))),
    "wrapped": lambda _: WrapperStore(MemoryStore()),
    "zip": lambda folder: ZipStore(folder / "array.zip", mode="w"),
}


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("sharded", [False, True], ids=["chunks", "shards"])
# A zip file grows with every write, and warns about a repeated name.
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_an_array_round_trips(engine: str, kind: str, sharded: bool, tmp_path: Path) -> None:
    """Catches a kind of store with wrong reads, partial writes or missing chunks."""
    store = STORES[kind](tmp_path)
    shards: Any = (6, 4) if sharded else None
    array = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), shards=shards, dtype="i2")
    document = crud.read_metadata(store, engine=engine)
    assert not np.asarray(crud.read_region(document, store, engine=engine)).any()
    crud.write_region(document, store, ..., VALUES, engine=engine)
    expected = VALUES.copy()
    if kind != "zip":
        crud.write_region(document, store, (slice(1, 6, 2), 1), -5, engine=engine)
        expected[1:6:2, 1] = -5
    assert_same(crud.read_region(document, store, engine=engine), expected)
    found = crud.read_region(document, store, (slice(None, None, -2), 3), engine=engine)
    assert_same(found, expected[::-2, 3])
    assert_same(array[...], expected)
    store.close()


def test_an_obstore_store_is_taken_as_it_is(engine: str, tmp_path: Path) -> None:
    """Catches an obstore store that has to be wrapped first."""
    store = obstore.store.LocalStore(str(tmp_path))
    document = zarr.create_array(tmp_path, data=VALUES, chunks=(3, 2)).metadata
    assert_same(crud.read_region(document, store, engine=engine), VALUES)


async def test_a_store_that_moves_is_followed(engine: str, tmp_path: Path) -> None:
    """Catches a handle that keeps the old root, where all chunks would be missing."""
    store = await LocalStore.open(tmp_path / "before")
    document = (
        await zarr.api.asynchronous.create_array(store, data=VALUES, chunks=(3, 2))
    ).metadata
    assert_same(crud.read_region(document, store, engine=engine), VALUES)
    await store.move(tmp_path / "after")
    assert_same(crud.read_region(document, store, engine=engine), VALUES)
    crud.write_region(document, store, (0, 0), 99, engine=engine)
    assert not (tmp_path / "before").exists()
    moved = LocalStore(tmp_path / "after")
    assert crud.read_region(document, moved, (0, 0), engine=engine) == 99
