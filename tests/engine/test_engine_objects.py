"""Engine objects: as keyword and in configs."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

import zarr
from tests.engine.backends import Recording
from tests.engine.entry_points import VALUES
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
    """Catches an engine object that is looked up by its name, which is not registered."""
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
    """Catches a configured object without effect, for code that cannot be changed."""
    backend = Recording()
    with zarr.config.set({"array.engine": backend}):
        assert zarr.open_group(MemoryStore()).engine == "recording"
        assert zarr.open_array(store)[2, 3] == 13
    assert backend.verbs == ["read_region"]


def test_an_object_stays_with_the_array(store: LocalStore) -> None:
    """Catches an engine object that is lost in a resize, an append, a copy or a changed config."""
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


def test_an_object_is_asked_whether_it_serves_the_array(store: LocalStore) -> None:
    """Catches an array that opens although the engine refuses it, without the reason."""

    class Choosy(ReferenceBackend):
        name: ClassVar[str] = "choosy"

        def supports(self, *args: Any, **kwargs: Any) -> str | None:
            return "it is Monday"

    with pytest.raises(crud.UnsupportedError, match=r"'choosy' does not serve .* it is Monday"):
        zarr.open_array(store, engine=Choosy())


def test_verdicts_have_the_arrays_own_engine() -> None:
    """Catches missing verdicts of an engine that was passed as an object, and is not registered."""
    ours = zarr.create_array({}, shape=7, chunks=3, dtype="i2", engine=Recording())
    assert ours.engine_info().serves == "recording"
    assert ours.engine_info().verdicts["recording"].serves
    assert "recording" not in ours.with_engine("zarr").engine_info().verdicts
