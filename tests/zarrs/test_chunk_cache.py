"""The cache of decoded chunks, as Python sees it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import icechunk
import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud, zarrs
from zarr.crud.backends import watchers
from zarr.storage import LocalStore, MemoryStore, ZipStore
from zarr.zarrs._chunk_cache import OVERHEAD, tell_cache_of_changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zarr.abc.store import Store

VALUES = np.arange(35, dtype=">i4").reshape(7, 5)
CACHED = crud.Options(chunk_cache=1 << 20)
SURE = crud.Options(chunk_cache=1 << 20, immutable_store=True)
REST = 3.2


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """The cache holds nothing, before and after each test."""
    zarrs.chunk_cache_clear()
    yield
    zarrs.chunk_cache_clear()


def make(store: Store, data: Any = VALUES, **options: Any) -> Any:
    given = {"chunks": data.ndim * (3,), **options}
    return zarr.create_array(store, data=data, **given)


def read(array: Any, selection: Any = ..., options: crud.Options = CACHED) -> Any:
    return crud.read_region(array.metadata, array.store, selection, engine="zarrs", options=options)


CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "v2": (VALUES, {"zarr_format": 2}),
    "v2, F": (VALUES, {"zarr_format": 2, "order": "F"}),
    "v3": (VALUES, {}),
    "rank 0": (np.array(7.5), {}),
    "no elements": (np.zeros((0, 5), "i2"), {}),
    "shards": (VALUES, {"shards": (6, 6)}),
    "nan": (np.array([1, np.nan, np.inf, -0.0]), {"fill_value": np.nan}),
    "strings of a length": (np.array(["a", "bcd", ""], "<U3"), {}),
    "times": (np.array([5, 7, 9], "M8[s]"), {}),
}


@pytest.fixture(scope="module")
def rested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Arrays in files, and archives, that have been unchanged for long enough."""
    root = tmp_path_factory.mktemp("rested")
    for name, (data, options) in CASES.items():
        make(LocalStore(root / name), data, **options)
    for name, compressors in (("zstd", "auto"), ("raw", None)):
        for compression in (0, 8):
            store = ZipStore(root / f"{name}{compression}.zip", mode="w", compression=compression)
            make(store, compressors=compressors)
            store.close()
    make(LocalStore(root / "raw"), compressors=None)
    make(LocalStore(root / "strings"), np.array(["a", "bcd", ""], dtype=np.dtypes.StringDType()))
    time.sleep(REST)
    return root


@pytest.mark.parametrize("name", CASES)
def test_kept_chunks_read_as_numpy(rested: Path, name: str) -> None:
    """Catches elements of a kept chunk in a wrong order, byte order or type."""
    data, _ = CASES[name]
    array = zarr.open_array(LocalStore(rested / name))
    for _ in range(3):
        found = read(array)
        assert found.dtype == array.dtype
        assert np.array_equal(found, data, equal_nan=data.dtype.kind == "f")
        if data.ndim and data.size:
            # The result is the caller's.
            found[...] = found.flat[0]
        if data.ndim == 2:
            assert np.array_equal(read(array, (slice(None, None, 2), 4)), data[::2, 4])
    info = zarrs.chunk_cache_info()
    assert info.hits > 0 or data.size == 0
    # What is read whole is kept the second time.
    assert info.entries <= info.misses <= 2 * info.entries


def test_an_open_array_uses_the_cache_on_its_fast_path(rested: Path) -> None:
    """Catches an array whose plain reads go around the cache, or are slower with it."""
    array: Any = zarr.open_array(LocalStore(rested / "v3"), engine="zarrs")
    with zarr.config.set({"array.engine_options.chunk_cache": 1 << 20}):
        assert [int(array[4, column]) for column in (4, 3, 4)] == [24, 23, 24]
    assert zarrs.chunk_cache_info()[:3] == (2, 1, 1)


@pytest.mark.parametrize("name", ["zstd0", "zstd8", "raw8", "raw0"])
def test_chunks_of_an_archive_are_kept(rested: Path, name: str) -> None:
    """Catches an entry that is inflated again, and one that is taken for another."""
    array = zarr.open_array(ZipStore(rested / f"{name}.zip", mode="r"))
    for _ in range(2):
        assert np.array_equal(read(array), VALUES)
    # A raw chunk that is not deflated is read from the file.
    assert zarrs.chunk_cache_info()[:3] == ((0, 0, 0) if name == "raw0" else (6, 6, 6))
    again = zarr.open_array(ZipStore(rested / f"{name}.zip", mode="r"))
    assert np.array_equal(read(again), VALUES)
    assert zarrs.chunk_cache_info().hits == (0 if name == "raw0" else 12)


def test_an_archive_that_is_replaced_is_another(tmp_path: Path) -> None:
    """Catches chunks of an archive that outlive it, under the same path and names."""
    for number in range(3):
        with ZipStore(tmp_path / "new.zip", mode="w") as store:
            make(store, VALUES + number)
        (tmp_path / "new.zip").rename(tmp_path / "a.zip")
        array = zarr.open_array(ZipStore(tmp_path / "a.zip", mode="r"))
        assert np.array_equal(read(array), VALUES + number)
        time.sleep(REST if number == 0 else 0)
        assert np.array_equal(read(array), VALUES + number)
        assert np.array_equal(read(array), VALUES + number)


def test_several_regions_and_subchunks_use_the_cache(rested: Path) -> None:
    """Catches a verb that goes around the cache."""
    array = zarr.open_array(LocalStore(rested / "shards"))
    document, store = array.metadata, array.store
    read(array)
    before = zarrs.chunk_cache_info()
    requests = [(document, store, (slice(0, 4), 1)), (document, store, (slice(2, 7), 1))]
    one, two = crud.read_regions(requests, engine="zarrs", options=CACHED)
    assert np.array_equal(one, VALUES[:4, 1])
    assert np.array_equal(two, VALUES[2:, 1])
    chunk = crud.read_chunk(document, store, (0, 0), engine="zarrs", options=CACHED)
    assert np.array_equal(chunk[:, :5], VALUES[:6])
    # A subchunk that two regions touch is looked up once.
    assert zarrs.chunk_cache_info().hits == before.hits + 3 + 4
    assert zarrs.chunk_cache_info().misses == before.misses


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("v3", CACHED, None),
        ("shards", CACHED, None),
        ("raw", CACHED, "chunks without codecs are read from their files"),
        ("strings", CACHED, "elements of variable length"),
        ("v3", crud.Options(chunk_cache=36 + OVERHEAD), None),
        ("v3", crud.Options(chunk_cache=35 + OVERHEAD), "has 36 bytes, and with 512"),
    ],
)
def test_explain_says_what_a_read_does(
    rested: Path, name: str, options: crud.Options, reason: str | None
) -> None:
    """Catches a reason that is not the one, or that is given where chunks are kept."""
    array = zarr.open_array(LocalStore(rested / name))
    told = crud.explain(array.metadata, array.store, options=options)["zarrs"].chunk_cache
    assert (told == "used") is (reason is None)
    assert reason is None or reason in str(told)
    read(array, options=options)
    assert (zarrs.chunk_cache_info().entries > 0) is (reason is None)


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
def test_what_only_python_decodes_is_not_kept() -> None:
    """Catches chunks that are kept although a registered codec may change."""
    document, store = document_members(), MemoryStore()
    delta = {"name": "numcodecs.delta", "configuration": {"dtype": "<i2"}}
    document["codecs"] = [delta, *document["codecs"]]
    crud.create(document, store)
    crud.write_region(document, store, ..., VALUES)
    told = crud.explain(document, store, options=SURE)["zarrs"].chunk_cache
    assert "exists only in Python" in str(told)
    for _ in range(2):
        found = crud.read_region(document, store, engine="zarrs", options=SURE)
        assert np.array_equal(found, VALUES)
    assert zarrs.chunk_cache_info()[:3] == (0, 0, 0)


def test_a_store_in_python_needs_the_word_of_the_user() -> None:
    """Catches a chunk that outlives a change that nothing shows."""
    store = MemoryStore()
    array = make(store)
    told = crud.explain(array.metadata, store, options=CACHED)["zarrs"].chunk_cache
    assert "immutable_store=True" in str(told)
    for options in (CACHED, SURE):
        assert np.array_equal(read(array, options=options), VALUES)
    assert zarrs.chunk_cache_info().misses == zarrs.chunk_cache_info().entries == 6
    told = crud.explain(array.metadata, store, options=SURE)["zarrs"].chunk_cache
    assert told == "used"


@pytest.mark.parametrize("engine", ["zarrs", "reference"])
def test_changes_through_zarr_crud_are_seen(engine: str) -> None:
    """Catches a kept chunk that outlives a change by any backend of this process."""
    store = MemoryStore()
    array = make(store)
    document = array.metadata
    for number in range(3):
        assert read(array, (0, 0), SURE) == (number or VALUES[0, 0])
        crud.write_region(document, store, (0, 0), number + 1, engine=engine)
    crud.delete_chunk(document, store, (0, 0))
    assert read(array, (0, 0), SURE) == 0
    crud.create(document, store, overwrite=True)
    assert not read(array, ..., SURE).any()


def test_the_extension_is_told_once() -> None:
    """Catches a list of watchers that grows with each call."""
    tell_cache_of_changes()
    count = len(watchers)
    tell_cache_of_changes()
    assert len(watchers) == count
    for size in range(1, 5):
        read(make(MemoryStore()), options=crud.Options(chunk_cache=size))
    assert len(watchers) == count


def test_the_largest_bound_of_the_calls_holds(rested: Path) -> None:
    """Catches a bound that a call with less lowers, so that arrays evict each other's chunks."""
    array = zarr.open_array(LocalStore(rested / "v3"))
    for size, bound in ((1000, 1000), (5000, 5000), (2000, 5000), (0, 5000)):
        read(array, options=crud.Options(chunk_cache=size))
        assert zarrs.chunk_cache_info().bound == bound
    assert zarrs.chunk_cache_info().entries == 6
    zarrs.chunk_cache_clear()
    assert zarrs.chunk_cache_info() == (0, 0, 0, 0, 0, 0)


def test_a_session_of_icechunk_that_is_only_read_is_kept() -> None:
    """Catches a chunk of one snapshot in the reads of another, and a session that is written to."""
    repository = icechunk.Repository.create(icechunk.in_memory_storage())
    session = repository.writable_session("main")
    make(session.store)
    before = session.commit("before")
    changing = repository.writable_session("main")
    writable = zarr.open_array(changing.store)
    assert read(writable, (0, 0)) == 0
    writable[0, 0] = 77
    assert read(writable, (0, 0)) == 77
    assert zarrs.chunk_cache_info().entries == 0
    changing.commit("after")
    sessions = [
        repository.readonly_session(snapshot_id=before),
        repository.readonly_session("main"),
    ]
    arrays: list[Any] = [zarr.open_array(session.store, mode="r") for session in sessions]
    for _ in range(3):
        assert [int(read(each, (0, 0))) for each in arrays] == [0, 77]
    info = zarrs.chunk_cache_info()
    assert (info.hits, info.entries) == (4, 2)
