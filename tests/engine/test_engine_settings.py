"""Settings of zarr that are options of an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.backends import Recording
from zarr import crud
from zarr.storage import MemoryStore
from zarr.zarrs import memory_pool_clear, memory_pool_info


def options_of_a_read(array: Any) -> crud.Options:
    """The options that the array's engine receives."""
    seen: list[crud.Options] = []

    class Looking(Recording):
        def read_region(self, *arguments: Any, options: crud.Options, **others: Any) -> Any:
            seen.append(options)
            return super().read_region(*arguments, options=options, **others)

    array.with_engine(Looking())[0]
    (options,) = seen
    return options


@pytest.mark.parametrize(
    ("setting", "option", "value"),
    [
        ("engine_options.memory_pool", "memory_pool", 5),
        ("sharding_coalesce_max_gap_bytes", "coalesce_max_gap", 7),
        ("sharding_coalesce_max_bytes", "coalesce_max_bytes", 11),
        ("write_empty_chunks", "write_empty_chunks", True),
    ],
)
def test_settings_are_options_of_the_engine(setting: str, option: str, value: Any) -> None:
    """Catches a setting that one path follows and the other ignores."""
    with zarr.config.set({f"array.{setting}": value}):
        array = zarr.create_array(MemoryStore(), data=np.arange(6), engine="zarrs")
        assert options_of_a_read(array) == crud.Options(**{option: value})


def test_settings_are_those_of_the_functions_by_default() -> None:
    """Catches two defaults for one option."""
    array = zarr.create_array(MemoryStore(), data=np.arange(6), engine="zarrs")
    assert options_of_a_read(array) == crud.Options()


def test_arrays_use_memory_again_unless_told_not_to() -> None:
    """Catches a setting that is read only once, when the array is opened or the process starts."""
    values = np.arange(1 << 20, dtype="i8")
    array = zarr.create_array(MemoryStore(), data=values, engine="zarrs")
    memory_pool_clear()
    with zarr.config.set({"array.engine_options.memory_pool": 0}):
        np.testing.assert_array_equal(array[...], values)
        assert memory_pool_info() == (0, 0)
    np.testing.assert_array_equal(array[...], values)
    assert memory_pool_info() == (1, values.nbytes)
    memory_pool_clear()
