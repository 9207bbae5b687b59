"""Shard indexes that point outside of their shard, in stores that refuse such a range."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

from tests.crud.test_document import document_members
from zarr import crud
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore, WrapperStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zarr.abc.store import Store

LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}
LENGTH, COUNT = 64, 16
VALUES = np.arange(1, LENGTH + 1, dtype="i4")
# Subchunks are requested one by one.
APART = crud.Options(coalesce_max_gap=0)


def sharded(location: str) -> dict[str, Any]:
    members = document_members()
    members |= {"shape": [LENGTH], "data_type": "int32"}
    members["chunk_grid"]["configuration"] = {"chunk_shape": [LENGTH]}
    configuration = {
        "chunk_shape": [LENGTH // COUNT],
        "codecs": [LITTLE],
        "index_codecs": [LITTLE],
        "index_location": location,
    }
    return members | {"codecs": [{"name": "sharding_indexed", "configuration": configuration}]}


class Files(LocalStore):
    """A local store of the user's own class."""


STORES: dict[str, Callable[[Path], Store]] = {
    "files": LocalStore,
    "files of the user": Files,
    "wrapped files": lambda folder: WrapperStore(LocalStore(folder)),
    "memory": lambda _: MemoryStore(),
    "fsspec": lambda folder: FsspecStore.from_url(
        folder.as_uri(), storage_options={"auto_mkdir": True}
    ),
    "obstore": lambda _: ObjectStore(obstore.store.MemoryStore()),
}
LIES = [(0, 0), (1 << 20, 16), (16, 1 << 40), (1 << 62, 16), (1 << 63, 16), (2**64 - 2, 1)]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: f"{lie[0]:x}+{lie[1]:x}")
@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("kind", STORES)
def test_a_range_beyond_the_end_is_damage(
    engine: str, kind: str, location: str, lie: tuple[int, int], tmp_path: Path
) -> None:
    """Catches an error of the store, or of memory, that names neither the shard nor the problem."""
    store, document = STORES[kind](tmp_path), sharded(location)
    crud.write_region(document, store, ..., VALUES, engine="reference", detached=True)
    stored = bytearray(crud.read_encoded_chunk(document, store, (0,)) or b"")
    index = 0 if location == "start" else len(stored) - 16 * COUNT
    struct.pack_into("<QQ", stored, index + 3 * 16, *lie)
    crud.write_encoded_chunk(document, store, (0,), bytes(stored), detached=True)
    for selection in (slice(12, 16), 13, slice(10, 14)):
        with pytest.raises(crud.DecodeError, match="c/0"):
            crud.read_region(document, store, selection, engine=engine, options=APART)


class Changing(ObjectStore[Any]):
    """A store in which a value is replaced after part of it was read."""

    later: bytes | None = None

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        if self.later is not None:
            value, self.later = self.later, None
            await self.set(key, prototype.buffer.from_bytes(value))
        return found


@pytest.mark.parametrize("absent", [slice(0, 4), slice(8, None)], ids=["first", "most"])
@pytest.mark.parametrize("location", ["start", "end"])
def test_a_shard_that_is_replaced_meanwhile_is_old_or_new(
    engine: str, location: str, absent: slice
) -> None:
    """Catches the index of one value used with the subchunks of another."""
    document, store = sharded(location), Changing(obstore.store.MemoryStore())
    after = VALUES.copy()
    after[absent] = 0
    crud.write_region(document, store, ..., after, engine="zarrs", detached=True)
    later = crud.read_encoded_chunk(document, store, (0,))
    for place in (slice(12, 16), slice(60, 64)):
        crud.write_region(document, store, ..., VALUES, engine="zarrs", detached=True)
        store.later = later
        found = np.asarray(crud.read_region(document, store, place, engine=engine, options=APART))
        assert store.later is None
        assert found.tolist() in (VALUES[place].tolist(), after[place].tolist())
