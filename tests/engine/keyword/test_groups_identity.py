"""How a group keeps its engine, which changes nothing else about the group."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.engine.entry_points import MADE, VALUES, fill
from zarr import crud
from zarr._engine import GroupEngineName
from zarr.core.sync import sync
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path


def test_the_engine_travels_with_the_group(engine: str, tmp_path: Path) -> None:
    """Catches an engine that is lost in a pickle, a copy, or a change of fields or attributes."""
    fill(LocalStore(tmp_path))
    group = zarr.open_group(LocalStore(tmp_path), engine=engine)
    async_group = group._async_group
    for other in (
        pickle.loads(pickle.dumps(group)),
        copy.copy(group),
        copy.deepcopy(group),
        dataclasses.replace(group),
        group.update_attributes({"a": 1}),
        sync(group.update_attributes_async({"a": 2})),
        zarr.Group(pickle.loads(pickle.dumps(async_group))),
        zarr.Group(copy.copy(async_group)),
        zarr.Group(copy.deepcopy(async_group)),
        zarr.Group(dataclasses.replace(async_group)),
        zarr.Group(sync(async_group.update_attributes({"a": 3}))),
    ):
        assert other.engine == engine
        assert other.get_array("g/y").engine == engine
        assert np.array_equal(np.asarray(other["x"]), VALUES)


def test_groups_of_different_engines_are_the_same_group(engine: str) -> None:
    """Catches groups that are unequal because of their engines."""
    store = MemoryStore()
    native, other = zarr.open_group(store), zarr.open_group(store, engine=engine)
    assert native == other
    assert native._async_group == other._async_group
    assert native.info == other.info
    assert other.info == native.info
    for cls in (zarr.Group, zarr.AsyncGroup):
        assert isinstance(inspect.getattr_static(cls, "engine"), GroupEngineName)


def test_the_engine_of_a_group_is_shown(engine: str) -> None:
    """Catches an engine that is not shown, or one that is shown although it is only configured."""
    store = MemoryStore()
    native, ours = zarr.open_group(store), zarr.open_group(store, engine=engine)
    for name in ("open_group", "group"):
        assert repr(getattr(zarr, name)(store, engine="zarr")) == repr(native)
    for plain, shown in ((native, ours), (native._async_group, ours._async_group)):
        assert repr(shown) == repr(plain).removesuffix(">") + f" engine={engine}>"
        with zarr.config.set({"array.engine": engine}):
            assert "engine" not in repr(plain)
            assert "Engine" not in repr(plain.info)
        assert repr(shown.info) == f"{plain.info!r}\nEngine      : {engine}"
    assert repr(ours.info_complete()) == f"{native.info_complete()!r}\nEngine      : {engine}"
    assert repr(ours.create_group("x")).endswith(f"engine={engine}>")
    assert ours.info != "another thing"
    ours.create_group("y")
    assert ours.info_complete() != native.get("x").info_complete()  # type: ignore[union-attr]


def test_groups_pickled_before_they_had_engines_load() -> None:
    """Catches an error for old pickles, which lack the field."""
    group = zarr.open_group(MemoryStore(), engine="reference")._async_group
    state = dict(group.__dict__)
    del state["member_engine"]
    old = object.__new__(zarr.AsyncGroup)
    old.__setstate__(state)  # type: ignore[attr-defined]
    assert old.engine == "zarr"
    assert old == group


def test_a_group_without_an_engine_follows_the_configuration(engine: str) -> None:
    """Catches a setting that is read when the group is opened, and not when members are created."""
    group = zarr.open_group(MemoryStore())
    assert group.engine == "zarr"
    with zarr.config.set({"array.engine": engine}):
        assert group.engine == engine
        assert group.create_array("x", **MADE).engine == engine
        assert zarr.open_group(group.store, engine="zarr")["x"].engine == "zarr"
    assert group["x"].engine == "zarr"


def test_a_group_opens_under_a_configured_engine_that_is_not_there() -> None:
    """Catches a group that does not open because a spawned worker registers the engine later."""
    with zarr.config.set({"array.engine": "later"}):
        group = zarr.open_group(MemoryStore())
        assert group.engine == "later"
        assert group.create_array("x", **MADE).engine == "later"
        array = group.get_array("x")
    with pytest.raises(crud.UnknownBackendError, match="'later'"):
        array[0, 0]
