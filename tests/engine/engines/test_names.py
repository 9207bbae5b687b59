"""Engines as names and as objects."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
import pytest

import zarr
from tests.engine.backends import Recording, Unavailable
from tests.engine.entry_points import VALUES
from zarr import crud
from zarr.core.array_spec import ArrayConfig
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    """A store with an array at its root."""
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    return store


def test_strings_of_other_classes_are_names(store: MemoryStore) -> None:
    """Catches a string of NumPy or an enum that does not find a backend by its name."""

    class Engine(StrEnum):
        REFERENCE = "reference"

    for name in (np.str_("reference"), Engine.REFERENCE):
        array = zarr.open_array(store, engine=name)
        assert type(array.config.engine) is str
        group = zarr.open(MemoryStore(), engine=name)
        assert type(group.engine) is str
        assert array[2, 3] == 13


def test_what_is_no_engine_is_refused(store: MemoryStore) -> None:
    """Catches a class instead of an object, or an object without a name or with a policy's name."""

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
