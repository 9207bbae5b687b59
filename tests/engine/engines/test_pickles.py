"""Pickles of arrays, configurations and groups that hold an engine object."""

from __future__ import annotations

import copy
import pickle
import sys
from typing import TYPE_CHECKING, ClassVar

import cloudpickle  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from tests.engine.backends import Recording, Unpicklable
from tests.engine.entry_points import MADE, VALUES
from zarr.crud.reference import ReferenceBackend
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A picklable store with an array at its root."""
    store = LocalStore(tmp_path)
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    return store


def test_an_object_is_pickled_with_array_and_group(store: LocalStore) -> None:
    """Catches an engine object that is lost on the way to another process."""
    array = pickle.loads(pickle.dumps(zarr.open_array(store, engine=Recording())))
    assert np.array_equal(array[...], VALUES)
    assert array.config.engine.verbs == ["read_region"]
    below = LocalStore(store.root / "elsewhere")
    zarr.open_group(below).create_array("x", **MADE)
    group = pickle.loads(pickle.dumps(zarr.open_group(below, engine=Recording())))
    assert group["x"][0, 0] == 0
    assert group["x"].config.engine.verbs == ["read_region"]


@pytest.mark.parametrize("loaded", [True, False], ids=["with cloudpickle", "without"])
def test_an_object_that_cannot_be_pickled_says_so(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, *, loaded: bool
) -> None:
    """Catches an error about a lock inside the object."""
    assert "cloudpickle" in sys.modules
    if not loaded:
        monkeypatch.delitem(sys.modules, "cloudpickle", raising=False)
    array = zarr.open_array(store, engine=Unpicklable())
    group = zarr.open_group(MemoryStore(), engine=Unpicklable())._async_group
    for unpicklable in (array, array.config, group):
        with pytest.raises(pickle.PicklingError, match="engine 'unpicklable' cannot be pickled"):
            pickle.dumps(unpicklable)
    assert copy.deepcopy(array.config).engine is array.config.engine
    assert copy.copy(group).member_engine is group.member_engine


def test_cloudpickle_takes_an_object_of_a_local_class(store: LocalStore) -> None:
    """Catches a refusal of objects that cloudpickle can send, as from a notebook to a cluster."""

    class Local(ReferenceBackend):
        name: ClassVar[str] = "local"

    array = zarr.open_array(store, engine=Local())
    again = pickle.loads(cloudpickle.dumps(array))
    assert again.engine == "local"
    assert np.array_equal(again[...], VALUES)
