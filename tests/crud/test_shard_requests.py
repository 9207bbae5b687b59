"""Reads of shards of stores other than a `LocalStore`, counted and compared with zarr-python's."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any

import icechunk
import numpy as np
import pytest

import zarr
from tests.crud.request_log import AsyncLogged, SyncLogged
from zarr import crud
from zarr.codecs import BytesCodec, ShardingCodec, ZstdCodec
from zarr.storage import MemoryStore, ZipStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHAPE = (53, 47)
VALUES = np.random.default_rng(3).integers(0, 1 << 12, SHAPE).astype("i4")
VALUES[:5, :5] = 0  # a subchunk that is not stored

SELECTIONS: dict[str, Callable[[Any], Any]] = {
    "element": lambda array: array[7, 9],
    "crop": lambda array: array[3:33, 8:29],
    "plane": lambda array: array[:, 7],
    "all": lambda array: array[...],
    "steps": lambda array: array[2::7, 1::13],
    "points": lambda array: array.vindex[[0, 7, 7, 51, 30], [0, 46, 9, 2, 30]],
    "lists": lambda array: array.oindex[[50, 3, 3], [40, 1]],
    "list and slice": lambda array: array.oindex[[50, 3], 4:30],
}
GAPS = (0, 150, 1 << 20)
SHARDS = {"small": (20, 20), "long": (60, 5), "one": (60, 50)}


@cache
def stored(shards: tuple[int, int], *, location: str = "end", compress: bool = True) -> MemoryStore:
    """An array of shards of 5 x 5 elements each."""
    store = MemoryStore()
    codecs: list[Any] = [BytesCodec(endian="big"), *([ZstdCodec()] if compress else [])]
    codec = ShardingCodec(chunk_shape=(5, 5), codecs=codecs, index_location=location)  # type: ignore[arg-type]
    array = zarr.create_array(
        store, shape=SHAPE, chunks=shards, dtype="i4", serializer=codec, compressors=None
    )
    array[...] = VALUES
    return store


def read(kind: Any, inner: MemoryStore, how: str, engine: str, **options: Any) -> Any:
    """Read with an engine; return the requests, after a look at the elements."""
    store = kind(inner)
    config: Any = {
        "sharding_coalesce_max_gap_bytes": options.pop("gap"),
        "sharding_coalesce_max_bytes": options.pop("most", 16 << 20),
    }
    if options:
        config["engine_options"] = options
    array = zarr.open_array(store, mode="r", engine=engine, config=config)
    store.log.entries.clear()
    np.testing.assert_array_equal(SELECTIONS[how](array), SELECTIONS[how](Natively(VALUES)))
    return store.log


class Natively:
    """NumPy with zarr's two indexers."""

    def __init__(self, data: Any) -> None:
        self.data = self.vindex = data
        self.oindex = self

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, tuple) and isinstance(item[0], list):
            rows = self.data[item[0]]
            return rows[:, item[1]]
        return self.data[item]


@pytest.mark.parametrize("kind", [AsyncLogged, SyncLogged])
@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("shards", SHARDS)
@pytest.mark.parametrize("gap", GAPS)
def test_an_immutable_store_gets_no_more_requests_than_from_zarr(
    engine: str, kind: Any, location: str, shards: str, gap: int
) -> None:
    """Catches a request, or a byte, more than zarr-python needs with the same settings."""
    inner = stored(SHARDS[shards], location=location)
    for how in SELECTIONS:
        theirs = read(kind, inner, how, "zarr", gap=gap)
        ours = read(kind, inner, how, engine, gap=gap, immutable_store=True)
        assert ours.requests <= theirs.requests, how
        assert ours.bytes <= theirs.bytes, how


@pytest.mark.parametrize("kind", [AsyncLogged, SyncLogged])
@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("shards", SHARDS)
@pytest.mark.parametrize("gap", GAPS)
def test_any_other_store_gets_one_request_more_for_each_shard(
    engine: str, kind: Any, location: str, shards: str, *, compress: bool, gap: int
) -> None:
    """Catches subchunks that are fetched twice, and more unwanted bytes than the gap allows."""
    inner = stored(SHARDS[shards], location=location, compress=compress)
    index = 16 * (SHARDS[shards][0] // 5) * (SHARDS[shards][1] // 5) + 4
    for how in SELECTIONS:
        theirs = read(kind, inner, how, "zarr", gap=gap)
        wanted = read(kind, inner, how, "zarr", gap=0).bytes
        ours = read(kind, inner, how, engine, gap=gap)
        touched = len({key for key, *_ in ours.entries})
        assert ours.requests <= theirs.requests + touched, how
        # A range with several subchunks has several gaps.
        most = 0 if gap == 0 else max(theirs.bytes - wanted, gap * touched)
        assert ours.bytes <= wanted + index * touched + most, how


@pytest.mark.parametrize("most", [1, 300, 16 << 20])
def test_requests_are_joined_up_to_the_largest_size(engine: str, most: int) -> None:
    """Catches a limit that only one of the engines follows."""
    inner = stored((60, 50), compress=False)
    for how in SELECTIONS:
        theirs = read(AsyncLogged, inner, how, "zarr", gap=1 << 20, most=most)
        ours = read(AsyncLogged, inner, how, engine, gap=1 << 20, most=most, immutable_store=True)
        assert sorted(ours.entries) == sorted(theirs.entries), how


@pytest.mark.parametrize("gap", GAPS)
def test_functions_make_the_requests_of_arrays(engine: str, gap: int) -> None:
    """Catches one of two routes, or of two kinds of call, that reads shards whole."""
    inner = stored((60, 50))
    expected = read(AsyncLogged, inner, "crop", engine, gap=gap).entries
    store = AsyncLogged(inner)
    document = crud.read_metadata(store)
    options = crud.Options(coalesce_max_gap=gap)
    box = (slice(3, 33), slice(8, 29))
    crud.read_region(document, store, box, engine=engine, options=options)
    assert sorted(store.log.entries) == sorted(expected)
    store.log.entries.clear()
    asyncio.run(crud.read_region_async(document, store, box, engine=engine, options=options))
    assert sorted(store.log.entries) == sorted(expected)


@pytest.mark.parametrize("immutable", [True, None])
@pytest.mark.parametrize("gap", GAPS)
def test_strings_in_shards_obey_the_same_rule(
    engine: str, gap: int, *, immutable: bool | None
) -> None:
    """Catches shards of unknown size that are fetched whole, as if they were small."""
    inner = MemoryStore()
    words = np.array([f"word {n}" * (n % 9) for n in range(200)])
    zarr.create_array(inner, data=words.astype("T"), chunks=(10,), shards=(200,))
    size = len(inner._store_dict["c/0"])
    counts = {}
    for name in ("zarr", engine):
        store = AsyncLogged(inner)
        options: Any = {"engine_options": {"immutable_store": immutable}} if name == engine else {}
        config: Any = {"sharding_coalesce_max_gap_bytes": gap, **options}
        array: Any = zarr.open_array(store, mode="r", engine=name, config=config)
        store.log.entries.clear()
        assert list(array[33:35]) == list(words[33:35])
        counts[name] = store.log
    more = 0 if immutable else 1
    assert counts[engine].requests <= counts["zarr"].requests + more
    if gap == 0 or immutable:
        assert counts[engine].bytes < size


def test_nested_shards_are_read_as_by_zarr(engine: str) -> None:
    """Catches subchunks of subchunks that are taken for subchunks of the shard."""
    inner = MemoryStore()
    nested = ShardingCodec(chunk_shape=(10, 10), codecs=[ShardingCodec(chunk_shape=(5, 5))])
    array = zarr.create_array(
        inner, shape=SHAPE, chunks=(60, 50), dtype="i4", serializer=nested, compressors=None
    )
    array[...] = VALUES
    for how in SELECTIONS:
        theirs = read(AsyncLogged, inner, how, "zarr", gap=0)
        ours = read(AsyncLogged, inner, how, engine, gap=0, immutable_store=True)
        assert ours.bytes <= theirs.bytes, how
        assert ours.requests <= theirs.requests, how


@pytest.mark.parametrize("kind", ["zip", "icechunk"])
def test_a_store_that_is_known_to_be_immutable_gets_the_requests_of_zarr(
    engine: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a store whose class says that no value is replaced, and that is asked twice."""
    if kind == "zip":
        with ZipStore(tmp_path / "a.zip", mode="w") as writing:
            fill(writing)
        store: Any = ZipStore(tmp_path / "a.zip", mode="r")
    else:
        repository = icechunk.Repository.create(icechunk.in_memory_storage())
        session = repository.writable_session("main")
        fill(session.store)
        session.commit("x")
        store = repository.readonly_session("main").store
    get, asked = type(store).get, []

    async def counting(self: Any, key: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(key)
        return await get(self, key, *args, **kwargs)

    monkeypatch.setattr(type(store), "get", counting)
    counts = {}
    for name in ("zarr", engine):
        config: Any = {"sharding_coalesce_max_gap_bytes": 0}
        array = zarr.open_array(store, mode="r", engine=name, config=config)
        for how, select in SELECTIONS.items():
            asked.clear()
            np.testing.assert_array_equal(select(array), select(Natively(VALUES)))
            counts[name, how] = len(asked)
    for how in SELECTIONS:
        assert counts[engine, how] <= counts["zarr", how], how


def fill(store: Any) -> None:
    """Write one shard to a store."""
    array = zarr.create_array(store, shape=SHAPE, chunks=(5, 5), shards=(60, 50), dtype="i4")
    array[...] = VALUES
