"""Array configurations that carry engine options."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import zarr
from tests.engine.backends import Recording
from zarr import crud
from zarr._engine.engines.names import Asked
from zarr._engine.options.resolved import options_of
from zarr.core.array_spec import ArrayConfig

OPTIONS: dict[str, Any] = {"concurrency": 2}


@pytest.mark.parametrize("engine", ["zarr", Asked("zarr"), None])
def test_zarrs_own_path_takes_no_options(engine: Any) -> None:
    """Catches options that are accepted and ignored."""
    config: dict[str, Any] = {} if engine is None else {"engine": engine}
    nothing: Any
    with pytest.raises(crud.UnsupportedError, match="takes no engine_options"):
        ArrayConfig.from_dict({**config, "engine_options": OPTIONS})  # type: ignore[typeddict-item]
    for nothing in ({}, None):
        found = ArrayConfig.from_dict({**config, "engine_options": nothing})  # type: ignore[typeddict-item]
        assert found.engine_options == {}
    array: Any = zarr.create_array({}, shape=3, dtype="i2")
    with pytest.raises(crud.UnsupportedError, match="takes no engine_options"):
        array.with_config({"engine_options": OPTIONS})


@pytest.mark.parametrize("engine", ["zarrs", "auto", Asked("reference"), Recording()])
def test_every_other_engine_takes_options(engine: Any) -> None:
    """Catches a refusal that is meant only for zarr-python's own path."""
    data: Any = {"engine": engine, "engine_options": OPTIONS}
    assert ArrayConfig.from_dict(data).engine_options == OPTIONS
    with zarr.config.set({"array.engine": engine}):
        assert ArrayConfig.from_dict({"engine_options": OPTIONS}).engine_options == OPTIONS  # type: ignore[typeddict-item]
        with pytest.raises(crud.UnsupportedError, match="takes no engine_options"):
            ArrayConfig.from_dict({"engine": "zarr", "engine_options": OPTIONS})  # type: ignore[typeddict-item]


def test_a_changed_config_adds_and_removes_options() -> None:
    """Catches an array that loses its options when one is added, or that cannot lose one."""
    both = {**OPTIONS, "memory_pool": 0}
    config: Any = {"engine": "zarrs", "engine_options": both}
    array: Any = zarr.create_array({}, shape=3, dtype="i2", config=config)
    for change, expected in (
        ({"order": "F"}, both),
        ({"engine_options": {"locking": "threads"}}, {**both, "locking": "threads"}),
        ({"engine_options": {"memory_pool": None}}, OPTIONS),
        ({"engine_options": {}}, both),
        ({"engine_options": None}, {}),
        ({"engine": "zarr", "engine_options": None}, {}),
    ):
        for target in (array, array.async_array):
            assert target.with_config(change).config.engine_options == expected


def test_pickles_do_not_depend_on_whether_the_options_were_used() -> None:
    """Catches equal configurations whose pickles differ, as for a cache or a scheduler."""
    data: Any = {"engine": "zarrs", "engine_options": OPTIONS}
    config, used = ArrayConfig.from_dict(data), ArrayConfig.from_dict(data)
    assert options_of(used).concurrency == 2
    assert pickle.dumps(used) == pickle.dumps(config)
    again = pickle.loads(pickle.dumps(used))
    assert again == config
    assert again.engine_options == OPTIONS
    assert options_of(again).concurrency == 2
