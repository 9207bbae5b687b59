"""The codec pipeline under arrays that zarr opens by itself."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.engine.indexers import LAYOUTS, spec_of
from tests.zarrs.pipeline.arrays import NAME, VALUES, both, calls, opened
from zarr.core.buffer import default_buffer_prototype
from zarr.core.codec_pipeline import BatchedCodecPipeline
from zarr.core.sync import sync
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs import ZarrsCodecPipeline, counters

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

MASK = (VALUES % 4 == 1).astype(bool)
SELECTIONS: dict[str, Any] = {
    "element": lambda a: a[6, 4],
    "all": lambda a: a[...],
    "box": lambda a: a[1:6, 2:5],
    "row": lambda a: a[4],
    "steps": lambda a: a[0:7:3, 1::2],
    "nothing": lambda a: a[2:2],
    "rows": lambda a: a.oindex[[6, 0, 3]],
    "outer": lambda a: a.oindex[[6, 0], [4, 4, 1]],
    "list and integer": lambda a: a.oindex[[6, 0], 3],
    "list and steps": lambda a: a.oindex[::2, [3, 0]],
    "mask of an axis": lambda a: a.oindex[np.arange(7) % 2 == 0, 1:3],
    "points": lambda a: a.vindex[[6, 0, 3, 3], [4, 1, 2, 0]],
    "points of rank 2": lambda a: a.vindex[[[6, 0], [3, 3]], [[4, 1], [2, 0]]],
    "mask": lambda a: a.vindex[MASK],
    "block": lambda a: a.blocks[1, 0:2],
}
WRITES: dict[str, Any] = {
    "all": (lambda a, v: a.__setitem__(..., v), VALUES * 2),
    "scalar": (lambda a, v: a.__setitem__(..., v), 9),
    "box": (lambda a, v: a.__setitem__((slice(1, 6), slice(2, 5)), v), VALUES[1:6, 2:5] + 1),
    "row": (lambda a, v: a.__setitem__(4, v), np.arange(5)),
    "steps": (lambda a, v: a.__setitem__((slice(0, 7, 3), slice(1, None, 2)), v), [[8, 7]] * 3),
    "outer": (lambda a, v: a.oindex.__setitem__(([6, 0], [4, 1]), v), [[1, 2], [3, 4]]),
    "list and integer": (lambda a, v: a.oindex.__setitem__(([6, 0], 3), v), [50, 60]),
    "points": (lambda a, v: a.vindex.__setitem__(([6, 0, 3], [4, 1, 2]), v), [-1, -2, -3]),
    "mask": (lambda a, v: a.vindex.__setitem__(MASK, v), 70),
    "block": (lambda a, v: a.blocks.__setitem__((1, 0), v), 80),
    "fill value": (lambda a, v: a.__setitem__(slice(0, 3), v), 0),
}


def files(root: Path) -> dict[str, bytes]:
    """What is stored in a folder."""
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_reads_are_those_of_zarr(store: Store, layout: str) -> None:
    """Catches elements in other places, or another shape, with some indexing, store or layout."""
    native, ours = both(store, layout)
    for name, select in SELECTIONS.items():
        assert_same(np.asarray(select(ours)), np.asarray(select(native)))
        assert type(select(ours)) is type(select(native)), name


@pytest.mark.parametrize("layout", LAYOUTS)
def test_writes_are_those_of_zarr(layout: str, tmp_path: Path) -> None:
    """Catches elements in other places, or stored bytes that differ."""
    for number, (name, (change, value)) in enumerate(WRITES.items()):
        native, _ = both(LocalStore(tmp_path / f"{number} native"), layout)
        _, ours = both(LocalStore(tmp_path / f"{number} ours"), layout)
        for array in (native, ours):
            change(array, np.asarray(value, "i4") if np.ndim(value) else value)
        assert_same(ours[...], native[...])
        files = [
            {
                p.relative_to(a.store.root): p.read_bytes()
                for p in a.store.root.rglob("*")
                if p.is_file()
            }
            for a in (native, ours)
        ]
        assert files[0] == files[1], name


@pytest.mark.parametrize("shape", [(1, 5), (7, 1), (5,), (3, 5), (7, 5, 1), (1,), (0, 5), (8, 6)])
def test_values_that_do_not_fit_are_treated_as_by_zarr(shape: tuple[int, ...]) -> None:
    """Catches a value that is broadcast where zarr raises, or the other way round."""
    outcomes: list[tuple[bool | None, Any]] = []
    for number in range(2):
        array = both(MemoryStore(), "format 3")[number]
        value = np.arange(np.prod(shape)).reshape(shape).astype("i4")
        try:
            array[...] = value
        except (IndexError, ValueError) as err:
            outcomes.append((isinstance(err, IndexError), None))
        else:
            outcomes.append((None, np.asarray(array[...]).tolist()))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    "dtype",
    ["bool", "i1", ">i2", "u8", "f2", ">f4", "f8", "c16", "M8[ns]", "m8[s]", "S3", "U3", "str"],
)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_every_data_type_is_served(dtype: str, zarr_format: Any) -> None:
    """Catches a data type that is converted wrongly, or left to zarr."""
    data: Any = np.arange(35).reshape(7, 5) % 5
    data = data.astype("U1").astype(object) if dtype == "str" else data.astype(dtype)
    native: Any = zarr.create_array(
        MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype=dtype, zarr_format=zarr_format
    )
    native[...] = data
    native = zarr.open_array(native.store)
    ours, before = opened(native.store, strict=True), counters()
    assert_same(ours[1:6], native[1:6])
    ours[2:5, 1] = data[0, 0]
    assert_same(ours[...], native[...])
    assert calls(before) == {"read_region": 2, "write_region": 1}


def test_all_chunks_of_a_call_are_one_call_of_the_engine(store: Store) -> None:
    """Catches a call for each chunk, whose costs add up."""
    _, ours = both(store, "format 3")
    before = counters()
    for name, select in SELECTIONS.items():
        if name != "nothing":
            select(ours)
    assert calls(before) == {"read_region": len(SELECTIONS) - 1}
    before = counters()
    for change, value in WRITES.values():
        change(ours, value)
    assert calls(before) == {"write_region": len(WRITES)}


def test_asynchronous_reads_and_writes_are_served_too(store: Store) -> None:
    """Catches a call that only works from outside of the event loop."""
    _, ours = both(store, "shards")
    inner, before = ours._async_array, counters()

    async def work() -> Any:
        await inner.setitem((slice(0, 7), 1), np.arange(7))
        return await asyncio.gather(*(inner.getitem((slice(0, 7), 1)) for _ in range(5)))

    for found in asyncio.run(work()):
        assert_same(found, np.arange(7, dtype="i4"))
    assert calls(before) == {"read_region": 5, "write_region": 1}


def test_a_grown_array_is_served_by_the_pipeline_of_the_small_one() -> None:
    """Catches a pipeline that knows no chunk beyond the shape at which the array was opened."""
    _, ours = both(MemoryStore(), "format 3")
    ours.append(VALUES, axis=0)
    before = counters()
    assert_same(ours[...], np.concatenate([VALUES, VALUES]))
    ours[12, 3] = 99
    assert ours[12, 3] == 99
    ours.resize((4, 5))
    assert_same(ours[...], VALUES[:4])
    ours.resize((9, 5))
    assert_same(ours[6:], np.zeros((3, 5), "i4"))
    assert calls(before) == {"read_region": 4, "write_region": 1}


def test_missing_chunks_are_told_from_others(store: Store) -> None:
    """Catches a result that reports every chunk as stored, or a chunk that is read twice."""
    native: Any = zarr.create_array(store, shape=7, chunks=3, dtype="i4", fill_value=-1)
    native[3:5] = 8
    inner = opened(store)._async_array
    prototype = default_buffer_prototype()
    out = prototype.nd_buffer.from_numpy_array(np.zeros(7, "i4"))
    spec = spec_of(inner, (3,))
    batch = [
        (inner.store_path / f"c/{at}", spec, (slice(0, n),), (slice(3 * at, 3 * at + n),), False)
        for at, n in enumerate((3, 3, 1))
    ]
    found = sync(inner.codec_pipeline.read(batch, out))
    assert [result["status"] for result in found] == ["missing", "present", "missing"]
    assert_same(out.as_numpy_array(), np.array([-1, -1, -1, 8, 8, -1, -1], "i4"))
    with zarr.config.set({"array.read_missing_chunks": False}):
        strict = opened(store)
    with pytest.raises(zarr.errors.ChunkNotFoundError, match="2 chunk"):
        strict[...]
    assert_same(strict[3:6], np.array([8, 8, -1], "i4"))


def test_chunks_in_memory_are_decoded_and_encoded() -> None:
    """Catches an error for libraries that have the bytes of a chunk already."""
    native: Any = zarr.create_array(MemoryStore(), shape=7, chunks=3, dtype="i4")
    native[...] = np.arange(7)
    inner = opened(native.store)._async_array
    key = "c/1"
    data = native.store.get_sync(key, prototype=default_buffer_prototype())
    spec = spec_of(inner, (3,))
    found, nothing = sync(inner.codec_pipeline.decode([(data, spec), (None, spec)]))
    assert nothing is None
    assert_same(found.as_numpy_array(), np.array([3, 4, 5], "i4"))
    (again,) = sync(inner.codec_pipeline.encode([(found, spec)]))
    assert again.to_bytes() == data.to_bytes()


def test_a_pickle_has_the_array_and_no_settings() -> None:
    """Catches options that travel to a machine where they are wrong, or a lost array."""
    native, _ = both(MemoryStore(), "format 3")
    ours = opened(native.store, "some/array", strict=True)
    data = pickle.dumps(ours._async_array.codec_pipeline)
    with zarr.config.set({"threading.max_workers": 3, "codec_pipeline.strict": False}):
        arrived = pickle.loads(data)
    assert type(arrived) is ZarrsCodecPipeline
    assert arrived._settings.threads == 3
    assert not arrived._settings.strict
    assert ours._async_array.codec_pipeline._settings.strict
    assert arrived == ours._async_array.codec_pipeline
    assert hash(arrived) == hash(ours._async_array.codec_pipeline)


def test_an_array_travels_and_stays_equal(tmp_path: Path) -> None:
    """Catches a pipeline that prevents arrays from being compared or pickled."""
    _, ours = both(LocalStore(tmp_path), "format 3")
    with zarr.config.set({"codec_pipeline.path": NAME}):
        arrived = pickle.loads(pickle.dumps(ours))
    assert arrived == ours
    assert_same(arrived[...], VALUES)
    assert type(arrived._async_array.codec_pipeline) is ZarrsCodecPipeline


@pytest.mark.parametrize("layout", ["format 2", "format 3", "shards"])
def test_what_zarr_asks_of_a_pipeline_is_answered_as_by_its_own(layout: str) -> None:
    """Catches an attribute that libraries read, such as the codecs."""
    native, ours = both(MemoryStore(), layout)
    theirs, pipeline = native._async_array.codec_pipeline, ours._async_array.codec_pipeline
    assert list(pipeline) == list(theirs)
    assert pipeline._native == theirs
    for name in ("array_bytes_codec", "batch_size", "supports_partial_decode"):
        assert getattr(pipeline, name) == getattr(theirs, name)
    assert pipeline.evolve_from_array_spec(None) is pipeline
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = pipeline.nothing
    assert type(ZarrsCodecPipeline.from_codecs(list(theirs))) is BatchedCodecPipeline


def test_the_loop_goes_on_while_a_store_waits() -> None:
    """Catches a read that occupies zarr's event loop until a slow store answers."""
    _, ours = both(AsyncOnlyStore(), "format 3")
    inner = ours._async_array

    async def work() -> list[Any]:
        reads = [inner.getitem(...) for _ in range(3)]
        return await asyncio.gather(*reads)

    # On zarr's own loop, on which the store's coroutines run, too.
    for found in sync(work()):
        assert_same(found, VALUES)
