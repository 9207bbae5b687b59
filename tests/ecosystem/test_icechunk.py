"""icechunk: its stores are asynchronous only, transactional, and picklable while read-only."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import icechunk
import numpy as np
import pytest
import xarray as xr

import zarr
from tests.ecosystem.conftest import assert_same_as_native
from tests.engine.entry_points import VALUES
from zarr.crud import ReadOnlyError

if TYPE_CHECKING:
    from pathlib import Path

ENGINES = ("reference", "zarrs", "auto")


@pytest.fixture
def repository(tmp_path: Path) -> Any:
    """An empty repository on disk."""
    return icechunk.Repository.create(icechunk.local_filesystem_storage(str(tmp_path)))


def committed(repository: Any) -> str:
    """Commit the values as the array "x"."""
    session = repository.writable_session("main")
    zarr.create_array(session.store, name="x", data=VALUES, chunks=(3, 2))
    snapshot: str = session.commit("x")
    return snapshot


@pytest.mark.parametrize("engine", ENGINES)
def test_a_session_is_written_committed_and_read(repository: Any, engine: str) -> None:
    """Catches uncommitted data that is visible, or committed data that an engine does not read."""
    session = repository.writable_session("main")
    group = zarr.create_group(session.store, engine=engine)
    array: Any = group.create_array("x", shape=(7, 5), chunks=(3, 2), dtype="i2")
    array[...] = VALUES
    array[2:5, 1:3] += 100
    expected = VALUES.copy()
    expected[2:5, 1:3] += 100
    assert np.array_equal(array[...], expected)
    session.commit("written")
    store = repository.readonly_session("main").store
    for reader in (*ENGINES, "zarr"):
        found: Any = zarr.open_array(store, path="x", mode="r", engine=reader)
        assert np.array_equal(found[...], expected)
        assert np.array_equal(found.oindex[[6, 0], 1:3], expected[[6, 0], 1:3])


@pytest.mark.parametrize("engine", ENGINES)
def test_discarded_changes_are_gone(repository: Any, engine: str) -> None:
    """Catches an engine that caches decoded chunks and still shows them."""
    committed(repository)
    session = repository.writable_session("main")
    array: Any = zarr.open_array(session.store, path="x", engine=engine)
    array[...] = 0
    assert not array[...].any()
    session.discard_changes()
    assert np.array_equal(array[...], VALUES)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_read_only_session_is_pickled_with_the_array(repository: Any, engine: str) -> None:
    """Catches a pickled store that is not the same snapshot."""
    snapshot = committed(repository)
    store = repository.readonly_session(snapshot_id=snapshot).store
    array = zarr.open_array(store, path="x", mode="r", engine=engine)
    session = repository.writable_session("main")
    zarr.open_array(session.store, path="x")[...] = 0
    session.commit("zeros")
    found = pickle.loads(pickle.dumps(array))
    assert found.engine == engine
    assert np.array_equal(found[...], VALUES)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_read_only_session_refuses_writes(repository: Any, engine: str) -> None:
    """Catches a write that reaches the store, so that each store has its own error for it."""
    committed(repository)
    array = zarr.open_array(repository.readonly_session("main").store, path="x", engine=engine)
    with pytest.raises(icechunk.IcechunkError, match="read-only"):
        array.with_engine("zarr")[0, 0] = 1
    with pytest.raises(ReadOnlyError, match="read-only"):
        array[0, 0] = 1
    assert np.array_equal(array[...], VALUES)


@pytest.mark.parametrize("engine", ENGINES)
def test_forks_of_a_session_are_written_elsewhere_and_merged(repository: Any, engine: str) -> None:
    """Catches lost chunks of pickled arrays on forked sessions."""
    committed(repository)
    session = repository.writable_session("main")
    done = []
    for number in range(2):
        fork = session.fork()
        array = zarr.open_array(fork.store, path="x", engine=engine)
        travelled = pickle.loads(pickle.dumps(array))
        assert travelled.engine == engine
        travelled[3 * number : 3 * number + 3] = number + 50
        done.append(travelled.store.session)
    session.merge(*done)
    session.commit("merged")
    expected = VALUES.copy()
    expected[:3], expected[3:6] = 50, 51
    found = zarr.open_array(repository.readonly_session("main").store, path="x", engine=engine)
    assert np.array_equal(found[...], expected)
    assert_same_as_native(found)


@pytest.mark.parametrize("engine", ENGINES)
def test_xarray_works_in_a_session(repository: Any, engine: str) -> None:
    """Catches errors of the configured engine under two libraries at once."""
    made = xr.Dataset({"air": (("y", "x"), VALUES.astype("f4"))}, {"y": np.arange(7)})
    with zarr.config.set({"array.engine": engine}):
        session = repository.writable_session("main")
        made.chunk({"y": 3}).to_zarr(session.store, consolidated=False, zarr_format=3)
        session.commit("a data set")
        session = repository.writable_session("main")
        (made + 1).to_zarr(session.store, append_dim="y", consolidated=False)
        session.commit("more")
        store = repository.readonly_session("main").store
        with xr.open_zarr(store, consolidated=False) as found:
            xr.testing.assert_equal(found.load(), xr.concat([made, made + 1], "y"))
