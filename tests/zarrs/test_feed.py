"""Asynchronous stores: values are decoded while others arrive."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.patience import until
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore, assert_same

COUNT = 300


class Watching(AsyncOnlyStore):
    """A store whose last chunk arrives only when the first elements have been decoded."""

    def __init__(self) -> None:
        super().__init__()
        self.out: Any = None
        self.gets = 0

    async def get(self, key: str, *args: Any, **options: Any) -> Any:
        self.gets += 1
        if self.out is not None and key == f"c/{COUNT - 1}":
            await until(lambda: (self.out[:8] == np.arange(8)).all(), "decoding")
        return await super().get(key, *args, **options)


@pytest.mark.parametrize("shards", [None, (16,)], ids=["chunks", "shards"])
def test_chunks_are_decoded_while_others_arrive(shards: tuple[int, ...] | None) -> None:
    """Catches a batch that is decoded only after all of it has arrived."""
    store, size = Watching(), 8 if shards is None else 16
    length = COUNT * size
    array = zarr.create_array(store, shape=(length,), chunks=(8,), shards=shards, dtype="i4")
    array[:] = np.arange(length)
    document = crud.read_metadata(store)
    store.out, store.gets = np.full(length, -1, "i4"), 0
    crud.read_region(document, store, out=store.out, engine="zarrs", detached=True)
    assert_same(store.out, np.arange(length, dtype="i4"))
    assert store.gets == COUNT
