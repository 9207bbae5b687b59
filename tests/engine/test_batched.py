"""`Array.batched_writes`, and arrays that are opened in a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore, CountingStore, assert_same
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

ENGINES = ("reference", "zarrs", "auto", None)
VALUES = np.arange(35, dtype="i4").reshape(7, 5)


@pytest.fixture(params=ENGINES, ids=str)
def engine(request: pytest.FixtureRequest) -> Any:
    """Each engine that an array may have, and none."""
    return request.param


def sets(store: CountingStore) -> list[str]:
    """The keys of chunks that were set, in order."""
    return [key for call, key in store.calls if call == "set" and "/c/" in f"/{key}"]


def assert_alike(found: Any, expected: Any) -> None:
    """Compare elements, also texts and dates that are none."""
    if expected.dtype.kind == "T":
        assert np.array_equal(found, expected)
    else:
        assert_same(found, expected)


@pytest.mark.parametrize("shards", [None, (4, 4)])
@pytest.mark.parametrize("dtype", [">i4", "f8", "str", "datetime64[s]"])
def test_every_dialect_is_gathered(engine: Any, shards: Any, dtype: str) -> None:
    """Catches a method that writes at once, or reads what is stored."""
    store = CountingStore()
    values: Any = VALUES.astype("T") if dtype == "str" else VALUES.astype(dtype)
    array = zarr.create_array(
        store, shape=(7, 5), chunks=(2, 2), shards=shards, dtype=dtype, engine=engine
    )
    if dtype == "str":
        array[...] = ""
        store.calls.clear()
    expected: Any = np.array(array[...])
    mask = VALUES % 3 == 0
    values = values.astype(expected.dtype)
    view: Any
    with array.batched_writes() as view:
        a = view
        assert a.engine == ("auto" if engine is None else engine)
        a[1:3, ::2] = expected[1:3, ::2] = values[1:3, ::2]
        a.oindex[[5, 0], 1:4] = expected[[5, 0], 1:4] = values[[6, 1], 1:4]
        a.vindex[[6, 3], [4, 0]] = expected[[6, 3], [4, 0]] = values[[0, 2], [3, 3]]
        a.vindex[mask] = expected[mask] = values[mask]
        a.blocks[0, 0] = values[0, 0]
        block = shards or (2, 2)
        expected[: block[0], : block[1]] = values[0, 0]
        a[6, 4] = expected[6, 4] = values[3, 3]
        assert sets(store) == []
        assert_alike(a[...], expected)
        assert_alike(a.oindex[[5, 0], 1:4], expected[[5, 0], 1:4])
        assert_alike(a.vindex[mask], expected[mask])
        assert sets(store) == []
    assert len(sets(store)) == len(set(sets(store))) > 0
    assert_alike(array[...], expected)


def test_a_view_appends_and_resizes(engine: Any, tmp_path: Path) -> None:
    """Catches rows that are lost at the edge of a chunk, and an array that keeps its old shape."""
    array = zarr.create_array(
        LocalStore(tmp_path), shape=(0, 5), chunks=(1, 2), shards=(4, 4), dtype="i4", engine=engine
    )
    with array.batched_writes() as a:
        for row in VALUES:
            a.append(row[None])
        assert_same(a[...], VALUES)
        assert not (tmp_path / "c").exists()
        a.append(VALUES[:, :1], axis=1)
    expected = np.concatenate([VALUES, VALUES[:, :1]], axis=1)
    assert array.shape == expected.shape
    assert_same(array[...], expected)
    with array.batched_writes() as a:
        a[...] = expected + 1
        a.resize((3, 6))
        a[2, 2] = 0
        a.resize((5, 6))
        a[4, 5] = 9
    again = np.zeros((5, 6), "i4")
    again[:3], again[2, 2], again[4, 5] = expected[:3] + 1, 0, 9
    # What a shard keeps beyond the edge comes back, as it does without a batch.
    again[3] = expected[3] + 1
    assert_same(array[...], again)
    assert zarr.open_array(tmp_path).shape == array.shape == (5, 6)


def test_a_view_is_the_array_without_a_batch_after_any_resizing(tmp_path: Path) -> None:
    """Catches elements beyond a former edge that differ from those of single writes."""
    rng = np.random.default_rng(3)
    for shards in (None, (4, 4)):
        arrays = [
            zarr.create_array(
                {}, shape=(7, 5), chunks=(2, 2), shards=shards, dtype="i4", engine="reference"
            )
            for _ in "ab"
        ]
        with arrays[0].batched_writes(max_bytes=400) as a:
            for step in range(1, 60):
                shape = tuple(int(n) for n in rng.integers(1, 10, 2))
                at = tuple(int(n) for n in rng.integers(0, a.shape))
                for one in (a, arrays[1]):
                    if step % 3 == 0:
                        one.resize(shape)
                    else:
                        one[at[0] :, : at[1] + 1] = step
                assert_same(a[...], arrays[1][...])
        assert_same(arrays[0][...], arrays[1][...])


def _fail(array: Any) -> None:
    array[...] = 1
    array.append(np.ones((1, 5)))
    raise ValueError("the block fails")


def test_nothing_is_written_after_an_exception(engine: Any) -> None:
    """Catches a view whose block fails and that writes, or an exception without a note."""
    array = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i4", engine=engine)
    with (
        pytest.raises(ValueError, match="the block fails") as caught,
        array.batched_writes() as a,
    ):
        _fail(a)
    assert "9 chunks were not written" in caught.value.__notes__[0]
    # The document is not held.
    assert array.shape == (8, 5)
    assert not np.any(array[...])
    with pytest.raises(crud.BatchError, match="after"):
        a[0] = 1
    with pytest.raises(crud.BatchError, match="after"):
        _ = a[0]


def test_batches_are_not_nested_and_bounds_are_checked() -> None:
    """Catches a view of a view, and a bound that is checked at the first write."""
    array = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i4")
    with array.batched_writes() as a, pytest.raises(crud.BatchError, match="another one"):
        a.batched_writes()
    with pytest.raises(ValueError, match="max_bytes"):
        array.batched_writes(max_bytes=-1)


def test_arrays_in_a_batch_have_its_engine() -> None:
    """Catches an array that writes at once because it was opened without an engine."""
    store = CountingStore()
    zarr.create_group(store).create_array("a", shape=(7, 5), chunks=(3, 2), dtype="i4")
    store.calls.clear()
    for engine, expected in ((None, "auto"), ("zarrs", "zarrs"), ("reference", "reference")):
        with crud.batched_writes(store, engine=engine) as batch:
            array = zarr.open_group(batch)["a"]
            assert isinstance(array, zarr.Array)
            assert array.engine == expected
            assert zarr.open_array(batch, path="a", engine="reference").engine == "reference"
            for row in range(7):
                array[row] = row
            assert sets(store) == []
        assert len(sets(store)) == 9
        store.calls.clear()


@pytest.mark.parametrize("store", [MemoryStore(), AsyncOnlyStore()], ids=["sync", "async"])
def test_zarrs_own_path_sees_the_batch(store: Any) -> None:
    """Catches an older state where an array in a batch has no engine by the user's will."""
    zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i4", overwrite=True)
    with crud.batched_writes(store) as batch:
        gathering = zarr.open_array(batch)
        own = zarr.open_array(batch, engine="zarr")
        assert own.engine == gathering.with_engine("zarr").engine == "zarr"
        expected = np.zeros((7, 5), "i4")
        for step, array in enumerate([gathering, own] * 7):
            row, column = step // 2, step % 5
            array[row, column:] = expected[row, column:] = step
            assert_same(own[row], expected[row])
            assert_same(gathering[...], expected)
        counts = {own.nchunks_initialized, gathering.nchunks_initialized}
    assert counts == {zarr.open_array(store).nchunks_initialized}
    assert_same(zarr.open_array(store)[...], expected)


def test_nodes_are_made_and_replaced_in_a_batch() -> None:
    """Catches chunks of a former array that come back under a new one."""
    store = MemoryStore()
    with crud.batched_writes(store) as batch:
        group = zarr.create_group(batch)
        group.create_array("a", data=VALUES, chunks=(3, 2))
        group.create_array("a", shape=(7, 5), chunks=(3, 2), dtype="i4", overwrite=True)
        group.create_array("b", data=VALUES, chunks=(3, 2))
        del group["b"]
        assert sorted(zarr.open_group(batch).array_keys()) == ["a"]
    assert sorted(store._store_dict) == ["a/zarr.json", "zarr.json"]


@pytest.mark.parametrize("engine", ["zarrs", None])
def test_regions_of_xarray_are_gathered(engine: Any) -> None:
    """Catches a shard that is read and replaced for each time step that xarray writes."""
    import xarray

    store = CountingStore()
    steps = 8
    heat = np.arange(steps * 30, dtype="f8").reshape(steps, 5, 6)
    template = xarray.Dataset(
        {"heat": (("time", "y", "x"), np.zeros_like(heat))}, {"time": np.arange(steps)}
    )
    encoding = {"heat": {"chunks": (1, 5, 6), "shards": (4, 5, 6)}}
    template.to_zarr(store, compute=True, encoding=encoding, zarr_format=3, consolidated=False)
    store.calls.clear()
    with crud.batched_writes(store, engine=engine) as batch:
        for step in range(steps):
            part = xarray.Dataset({"heat": (("time", "y", "x"), heat[step : step + 1])})
            region = {"time": slice(step, step + 1)}
            part.to_zarr(batch, region=region, consolidated=False)
        assert sets(store) == []
        seen = xarray.open_zarr(batch, consolidated=False)
        assert np.array_equal(seen["heat"].values, heat)
    assert sorted(sets(store)) == ["heat/c/0/0/0", "heat/c/1/0/0"]
    assert_same(zarr.open_array(store, path="heat")[...], heat)
