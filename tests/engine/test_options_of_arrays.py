"""Options under `"auto"`, in groups, and in configuration objects."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.engine.backends import Recording
from tests.engine.engines.test_configured_pipeline import OWN
from tests.engine.test_engine_options import VALUES, array
from tests.engine.test_engine_settings import options_of_a_read
from tests.engine.test_option_errors import FSYNC
from zarr import crud
from zarr.codecs import numcodecs
from zarr.core.array_spec import ArrayConfig
from zarr.storage import LocalStore, MemoryStore


def test_auto_leaves_nothing_to_zarr_that_zarr_does_not_do(tmp_path: Any) -> None:
    """Catches a durable write by a path that never flushes, or a missing chunk read as zeros."""
    store = LocalStore(tmp_path)
    crud.create(SERVED_BY_NOBODY, store)
    asked: list[dict[str, Any]] = [
        {"durability": "fsync"},
        {"locking": "processes"},
        {"write_empty_chunks": True},
        {"missing_chunks": "error"},
        {"decoded_size_budget": 5},
    ]
    for options in asked:
        with zarr.config.set({"array.engine_options": options}):
            if next(iter(options)) in ("missing_chunks", "decoded_size_budget"):
                with pytest.raises(crud.UnsupportedError, match="no engine serves"):
                    zarr.open_array(store, engine="auto")
                continue
            ours: Any = zarr.open_array(store, engine="auto")
            before = ours[...]
            with pytest.raises(crud.UnsupportedError, match="no engine serves"):
                ours[...] = 1
            np.testing.assert_array_equal(ours[...], before)
    with zarr.config.set({"array.engine_options": {"concurrency": 1, "memory_pool": 0}}):
        ours = zarr.open_array(store, engine="auto")
        ours[...] = 1
        assert ours.engine_info().operations == {"zarr": 1}


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
def test_auto_takes_an_engine_that_follows_the_options(tmp_path: Any) -> None:
    """Catches a refusal although the reference, which ranks after zarr's own path, would serve."""
    layout: Any = {"shape": 7, "chunks": 3, "dtype": "T", "compressors": [numcodecs.LZMA()]}
    assert not array_for("zarrs", tmp_path / "x", layout)
    for config, operations in ((None, {"zarr": 1}), (FSYNC, {"reference": 1})):
        ours = zarr.create_array(
            LocalStore(tmp_path), overwrite=True, engine="auto", config=config, **layout
        )
        ours[1:4] = ["a", "b", "c"]
        assert ours.engine_info().operations == operations


def array_for(engine: str, folder: Any, layout: Any) -> Any:
    """An array, if the engine serves it."""
    try:
        return zarr.create_array(LocalStore(folder), engine=engine, **layout)
    except crud.UnsupportedError:
        return None


def test_a_configured_pipeline_is_refused_where_it_would_not_follow(tmp_path: Any) -> None:
    """Catches an array that is extended, and then cannot be written as requested."""
    ours = array(LocalStore(tmp_path), "auto", config=FSYNC)
    with zarr.config.set({"codec_pipeline.path": OWN}):
        opened: Any = zarr.open_array(tmp_path, engine="auto", config=FSYNC)
        with pytest.raises(crud.UnsupportedError, match="OwnPipeline"):
            opened.append(VALUES)
        with pytest.raises(crud.UnsupportedError, match="OwnPipeline"):
            opened[0] = 1
        np.testing.assert_array_equal(opened[...], VALUES)
    assert zarr.open_array(tmp_path).shape == ours.shape


OPTIONS: Any = {"engine_options": {"memory_pool": 5}}


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_members_of_a_group_are_given_options(zarr_format: Any) -> None:
    """Catches options that are refused as if there were no engine, although the group has one."""
    group = zarr.create_group(MemoryStore(), engine="zarrs", zarr_format=zarr_format)
    made = group.create_array("x", data=VALUES, chunks=(3, 2), config=OPTIONS)
    found = group.require_array("x", shape=(7, 5), dtype="i2", config=OPTIONS)
    new = group.require_array("y", shape=(7, 5), dtype="i2", config=OPTIONS)
    for ours in (made, found, new, group.zeros(name="z", shape=(7, 5), config=OPTIONS)):
        assert ours.engine == "zarrs"
        assert options_of_a_read(ours) == crud.Options(memory_pool=5)
    # A member that was found in a group was given no options.
    other: Any = group["x"]
    assert options_of_a_read(other) == crud.Options()


@pytest.mark.parametrize("engine", ["reference", Recording()])
def test_everything_that_opens_an_array_takes_options(engine: Any) -> None:
    """Catches a function that opens arrays and refuses or loses options."""
    store = array().store
    opened: list[Any] = [
        zarr.open_array(store, engine=engine, config=OPTIONS),
        zarr.open(store, engine=engine, config=OPTIONS),
        zarr.from_array({}, data=zarr.open_array(store), engine=engine, config=OPTIONS),
        zarr.create((7, 5), engine=engine, config=OPTIONS),
        zarr.open_like(
            zarr.open_array(store), "x", store=MemoryStore(), engine=engine, config=OPTIONS
        ),
    ]
    for ours in opened:
        assert options_of_a_read(ours) == crud.Options(memory_pool=5)


def test_a_hierarchy_is_made_as_its_options_allow() -> None:
    """Catches nodes that are written before one is refused."""
    store = MemoryStore()
    nodes = {"a": array().metadata}
    with (
        zarr.config.set({"array.engine_options.durability": "fsync"}),
        pytest.raises(crud.UnsupportedError, match="needs a LocalStore"),
    ):
        list(zarr.create_hierarchy(store=store, nodes=nodes, engine="zarrs"))
    assert not store._store_dict


def test_configurations_pickled_before_there_were_options_load() -> None:
    """Catches an error for old pickles, which lack an attribute."""
    config = ArrayConfig("C", write_empty_chunks=False, engine="zarrs")
    state = vars(config).copy()
    del state["engine_options"]
    older: Any = object.__new__(ArrayConfig)
    older.__setstate__(state)
    assert older == config
    assert pickle.loads(pickle.dumps(older)) == config
    ours = zarr.open_array(array().store, config=older)
    assert options_of_a_read(ours) == crud.Options()


def test_a_configuration_object_gives_what_differs_from_the_settings() -> None:
    """Catches a config object whose values count as neither given nor configured."""
    ours = zarr.open_array(
        array().store, config=ArrayConfig("C", write_empty_chunks=True, engine="zarrs")
    )
    with zarr.config.set({"array.engine_options.write_empty_chunks": False}):
        assert options_of_a_read(ours).write_empty_chunks
    made = ArrayConfig("C", write_empty_chunks=False, engine_options=crud.Options(concurrency=2))
    assert made.engine_options["concurrency"] == 2
    assert made == ArrayConfig.from_dict(made.to_dict()) != ArrayConfig("C", True)
    assert hash(made) == hash(ArrayConfig.from_dict(made.to_dict()))
    assert ArrayConfig("C", True) == ArrayConfig.from_dict({"write_empty_chunks": True})
