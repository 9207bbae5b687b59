"""Chunks of which parts are read: one value, few requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.request_log import AsyncLogged, SyncLogged
from zarr.abc.store import RangeByteRequest, SuffixByteRequest
from zarr.codecs import ZstdCodec
from zarr.core.buffer.cpu import Buffer, buffer_prototype
from zarr.crud import DecodeError, Options
from zarr.crud._stores.chunk import StoredChunk
from zarr.crud._stores.local_chunk import ChunkFile
from zarr.crud._stores.parted_chunk import PartedChunk, chunk_to_read
from zarr.storage import LocalStore, MemoryStore, WrapperStore

if TYPE_CHECKING:
    from pathlib import Path

LENGTH, INNER = 1 << 10, 1 << 6
VALUES = np.random.default_rng(1).integers(0, 1 << 20, LENGTH, dtype="i4")
APART = Options(coalesce_max_gap=0)
RANGES = [RangeByteRequest(6, 8), RangeByteRequest(0, 2), RangeByteRequest(2, 3)]


def holding(data: bytes | None) -> AsyncLogged:
    """A store that holds a value, or none."""
    inner = MemoryStore()
    if data is not None:
        inner._store_dict["c"] = Buffer.from_bytes(data)
    return AsyncLogged(inner)


def parts(chunk: PartedChunk, ranges: list[RangeByteRequest]) -> dict[int, bytes]:
    """Subchunks, requested as by a sharding codec."""
    found = chunk.get_ranges_sync("c", ranges, prototype=buffer_prototype)
    return {number: part.to_bytes() for number, part in found if part is not None}


def test_each_kind_of_store_has_its_kind_of_chunk(tmp_path: Path) -> None:
    """Catches a local shard that is read by several requests, and a remote one that is not."""
    kinds: list[tuple[Any, type[StoredChunk]]] = [
        (LocalStore(tmp_path), ChunkFile),
        (MemoryStore(), StoredChunk),
        (WrapperStore(MemoryStore()), StoredChunk),
        (WrapperStore(SyncLogged(MemoryStore())), PartedChunk),
        (SyncLogged(MemoryStore()), PartedChunk),
        (holding(b""), PartedChunk),
    ]
    for store, kind in kinds:
        assert type(chunk_to_read(store, "c", Options(), 1)) is kind


@pytest.mark.parametrize(
    ("options", "decoded", "entries"),
    [
        (APART, 10, [(7, 10), (6, 8), (0, 3), (7, 10)]),
        (Options(coalesce_max_gap=0, immutable_store=True), 10, [(7, 10), (6, 8), (0, 3)]),
        (Options(coalesce_max_gap=3), 10, [(7, 10), (0, 8), (7, 10)]),
        (Options(coalesce_max_gap=3, coalesce_max_bytes=3), 10, [(7, 10), (0, 3), (6, 8), (7, 10)]),
        (Options(coalesce_max_gap=10), 10, [(0, 10)]),
        (Options(coalesce_max_gap=10), 11, [(7, 10), (0, 8), (7, 10)]),
        (Options(coalesce_max_gap=10), None, [(7, 10), (0, 8), (7, 10)]),
        (Options(coalesce_max_gap=10, coalesce_max_bytes=9), 10, [(7, 10), (0, 8), (7, 10)]),
        (Options(coalesce_max_gap=10, immutable_store=True), 10, [(7, 10), (0, 8)]),
    ],
)
def test_the_options_say_which_requests_are_made(
    options: Options, decoded: int | None, entries: list[tuple[int, int]]
) -> None:
    """Catches an option that is ignored, and ranges that are mixed up."""
    store = holding(b"0123456789")
    chunk = PartedChunk(store, "c", options, decoded)
    found = chunk.get_sync(byte_range=SuffixByteRequest(3))
    assert found is not None
    assert found.to_bytes() == b"789"
    assert parts(chunk, RANGES) == {0: b"67", 1: b"01", 2: b"2"}
    assert sorted((start, end) for _, start, end in store.log.entries) == sorted(entries)


class Changing(AsyncLogged):
    """A store that replaces, or deletes, a value after some requests."""

    rest = 0
    later: Any = None

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        if key == "c/0":
            self.rest -= 1
            if self.rest < 0:
                if self.later is None:
                    self.inner._store_dict.pop(key, None)
                else:
                    self.inner._store_dict[key] = self.later
        return await super().get(key, prototype, byte_range)


def array_of(data: Any, *, compress: bool) -> MemoryStore:
    """An array of one shard."""
    store, codecs = MemoryStore(), [ZstdCodec()] if compress else []
    zarr.create_array(store, data=data, chunks=(INNER,), shards=(LENGTH,), compressors=codecs)
    return store


@pytest.mark.parametrize("kind", ["shorter", "longer", "moved", "deleted"])
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("rest", range(6))
def test_a_shard_that_is_replaced_meanwhile_is_old_or_new(
    engine: str, kind: str, *, compress: bool, rest: int
) -> None:
    """Catches bytes of one value at the places of another, and a reader that never ends."""
    new = VALUES + 1
    if kind in ("shorter", "moved"):
        new[: 4 * INNER] = 0
    if kind == "longer":
        new = np.random.default_rng(2).integers(0, 1 << 30, LENGTH, dtype="i4")
    before = VALUES.copy()
    if kind in ("longer", "moved"):
        before[-2 * INNER :] = 0
    store = Changing(array_of(before, compress=compress))
    if kind == "deleted":
        new[:] = 0
    else:
        store.later = array_of(new, compress=compress)._store_dict["c/0"]
    config: Any = {"sharding_coalesce_max_gap_bytes": 0}
    array: Any = zarr.open_array(store, mode="r", engine=engine, config=config)
    wanted = [INNER * 5, INNER * 5 + 3, INNER * 9, INNER * 13]
    store.rest = rest
    found = array.vindex[wanted]
    of_subchunks = [(0, 1), (2,), (3,)]
    for places in of_subchunks:
        at = [wanted[place] for place in places]
        assert found[list(places)].tolist() in (before[at].tolist(), new[at].tolist())
    # The index, three subchunks, the index, and once the whole shard.
    assert store.log.requests <= 6
    whole = store.log.entries[5:]
    assert not whole or whole[0][1:] == (0, len(store.later or b""))


def test_a_damaged_index_is_an_error_that_names_the_key() -> None:
    """Catches a damaged shard that is read again and again, or as the fill value."""
    inner = array_of(VALUES, compress=True)
    stored = bytearray(inner._store_dict["c/0"].to_bytes())
    stored[-10] ^= 1
    for value in (bytes(stored), b"short", b""):
        inner._store_dict["c/0"] = Buffer.from_bytes(value)
        store = AsyncLogged(inner)
        array: Any = zarr.open_array(store, mode="r", engine="reference")
        config: Any = {"sharding_coalesce_max_gap_bytes": 0}
        with pytest.raises(DecodeError, match="c/0"):
            array.with_config(config)[5]


def test_an_error_of_the_store_is_the_same_object() -> None:
    """Catches an error at a range that is reported as damage."""
    raised = PermissionError("not you")

    class Failing(AsyncLogged):
        async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
            if isinstance(byte_range, RangeByteRequest):
                raise raised
            return await super().get(key, prototype, byte_range)

        async def getsize(self, key: str) -> int:
            return 1 << 20

    store = Failing(array_of(VALUES, compress=True))
    config: Any = {"sharding_coalesce_max_gap_bytes": 0}
    array: Any = zarr.open_array(store, mode="r", engine="reference", config=config)
    with pytest.raises(PermissionError) as caught:
        array[5]
    assert caught.value is raised
