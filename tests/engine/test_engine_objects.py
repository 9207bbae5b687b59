"""Engine objects: as keyword, in configs, in pickles."""

from __future__ import annotations

import copy
import pickle
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

import cloudpickle  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from tests.engine.backends import Recording, Unavailable, Unpicklable
from tests.engine.entry_points import MADE, VALUES
from zarr import crud
from zarr.core.array_spec import ArrayConfig
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


def test_an_object_serves_the_array_that_it_was_given_to(store: LocalStore) -> None:
    """The name is not registered."""
    backend = Recording()
    for config in ({"engine": backend}, ArrayConfig("C", False, engine=backend)):
        array = zarr.open_array(store, config=config)  # type: ignore[arg-type]
        assert array.engine == array.async_array.engine == "recording"
        assert array.config.engine is backend
    array = zarr.open_array(store, engine=backend)
    assert array.config.engine is backend
    array[0, 0] = 9
    assert array[0, 0] == 9
    assert backend.verbs == ["write_region", "read_region"]
    assert "recording" not in zarr.list_engines()


def test_an_object_may_be_configured(store: LocalStore) -> None:
    """For code that cannot be changed."""
    backend = Recording()
    with zarr.config.set({"array.engine": backend}):
        assert zarr.open_group(MemoryStore()).engine == "recording"
        assert zarr.open_array(store)[2, 3] == 13
    assert backend.verbs == ["read_region"]


def test_an_object_stays_with_the_array(store: LocalStore) -> None:
    """Through changed configurations, attributes, resize, append and copies."""
    backend = Recording()
    array = zarr.open_array(store, engine=backend)
    array.resize((8, 5))
    array.append(np.full((2, 5), 4))
    for other in (
        array,
        array.with_config({"order": "F"}),
        array.update_attributes({"a": 1}),
        copy.copy(array),
        copy.deepcopy(array),
    ):
        assert other.config.engine is backend
    assert np.array_equal(np.asarray(array[7:, 0]), [0, 4, 4])


def test_an_object_is_pickled_with_array_and_group(store: LocalStore) -> None:
    """The engine serves in the other process."""
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
    """The message is not that of a lock inside it."""
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
    """As in a notebook on a cluster; the check before must not refuse it."""

    class Local(ReferenceBackend):
        name: ClassVar[str] = "local"

    array = zarr.open_array(store, engine=Local())
    again = pickle.loads(cloudpickle.dumps(array))
    assert again.engine == "local"
    assert np.array_equal(again[...], VALUES)


def test_strings_of_other_classes_are_names(store: LocalStore) -> None:
    """NumPy's strings and enums are subclasses of `str`; backends are found by plain strings."""

    class Engine(StrEnum):
        REFERENCE = "reference"

    for name in (np.str_("reference"), Engine.REFERENCE):
        array = zarr.open_array(store, engine=name)
        assert type(array.config.engine) is str
        group = zarr.open(MemoryStore(), engine=name)
        assert type(group.engine) is str
        assert array[2, 3] == 13


def test_what_is_no_engine_is_refused(store: LocalStore) -> None:
    """A class instead of an object, or an object without a name or with a policy's name."""

    class Nameless(ReferenceBackend):
        name = None  # type: ignore[assignment]

    class Native(ReferenceBackend):
        name: ClassVar[str] = "zarr"

    wrong: Any
    for wrong in (Recording, 5, b"zarrs", ["zarrs"], Nameless()):
        for call in (
            lambda wrong=wrong: zarr.open_array(store, engine=wrong),
            lambda wrong=wrong: zarr.open_array(store, config={"engine": wrong}),
            lambda wrong=wrong: ArrayConfig("C", False, engine=wrong),
        ):
            with pytest.raises(TypeError, match="engine"):
                call()
    with pytest.raises(ValueError, match="choose another name"):
        zarr.open_array(store, engine=Native())
    with pytest.raises(crud.BackendUnavailableError, match="the moon"):
        zarr.open_array(store, engine=Unavailable())


def test_an_object_is_asked_whether_it_serves_the_array(store: LocalStore) -> None:
    """When the array is opened, with the reason in the error."""

    class Choosy(ReferenceBackend):
        name: ClassVar[str] = "choosy"

        def supports(self, *args: Any, **kwargs: Any) -> str | None:
            return "it is Monday"

    with pytest.raises(crud.UnsupportedError, match=r"'choosy' does not serve .* it is Monday"):
        zarr.open_array(store, engine=Choosy())


def test_verdicts_have_the_arrays_own_engine() -> None:
    """An engine passed as an object is not registered."""
    ours = zarr.create_array({}, shape=7, chunks=3, dtype="i2", engine=Recording())
    assert ours.engine_info().serves == "recording"
    assert ours.engine_info().verdicts["recording"].serves
    assert "recording" not in ours.with_engine("zarr").engine_info().verdicts
