"""Sources of the options of an array's calls, their precedence, and where they are kept."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.test_engine_settings import options_of_a_read
from zarr import crud
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)

# A value of each option that is not the default, and two options that also have a name in
# zarr-python.
OTHERS: dict[str, Any] = {
    "missing_chunks": "error",
    "write_empty_chunks": True,
    "concurrency": 3,
    "decoded_size_budget": 1 << 20,
    "validate_checksums": False,
    "durability": "fsync",
    "locking": "threads",
    "memory_pool": 0,
    "coalesce_max_gap": 7,
    "coalesce_max_bytes": 11,
    "immutable_store": True,
    "in_flight_bytes": 5,
    "chunk_cache": 1 << 20,
    "chunk_cache_max_age": 2.5,
}

UPSTREAMS: dict[str, tuple[str, Any, Any]] = {
    "missing_chunks": ("read_missing_chunks", False, True),
    "write_empty_chunks": ("write_empty_chunks", True, False),
    "coalesce_max_gap": ("sharding_coalesce_max_gap_bytes", 7, 1 << 20),
    "coalesce_max_bytes": ("sharding_coalesce_max_bytes", 11, 16 << 20),
}
"""The name in zarr-python, its value with the meaning above, and its default."""


def array(store: Any = None, engine: Any = "zarrs", **keywords: Any) -> Any:
    """A ragged array."""
    return zarr.create_array(
        MemoryStore() if store is None else store,
        data=VALUES, chunks=(3, 2), engine=engine, **keywords,
    )  # fmt: skip


def default(option: str) -> Any:
    return getattr(crud.Options(), option)


def test_nothing_is_configured_or_given_by_default() -> None:
    """Catches two defaults for one option, or an option that arrays cannot have."""
    assert zarr.config.get("array.engine_options") == array().config.engine_options == {}
    assert list(OTHERS) == [field.name for field in fields(crud.Options)]
    assert all(default(option) != value for option, value in OTHERS.items())
    for option, (setting, _, value) in UPSTREAMS.items():
        assert zarr.config.get(f"array.{setting}") == value, option


@pytest.mark.parametrize("option", ["memory-pool", "memory_pool"])
def test_the_configuration_takes_either_spelling(option: str) -> None:
    """Catches a refusal of hyphens, which the rest of the configuration treats as underscores."""
    with zarr.config.set({f"array.engine_options.{option}": 5}):
        assert options_of_a_read(array()) == crud.Options(memory_pool=5)
        with zarr.config.set({"array.engine_options.memory_pool": 7}):
            assert options_of_a_read(array()) == crud.Options(memory_pool=7)


@pytest.mark.parametrize("option", list(OTHERS))
def test_a_configured_option_acts_on_arrays_that_are_open(option: str) -> None:
    """Catches an option that is read only once, or that no array follows."""
    ours = array()
    with zarr.config.set({f"array.engine_options.{option}": OTHERS[option]}):
        assert options_of_a_read(ours) == crud.Options(**{option: OTHERS[option]})
        with zarr.config.set({"array.engine_options": crud.Options()}):
            assert options_of_a_read(ours) == crud.Options()
    assert options_of_a_read(ours) == ours.engine_info().options == crud.Options()


@pytest.mark.parametrize("option", list(OTHERS))
def test_an_array_keeps_the_option_that_it_was_given(option: str) -> None:
    """Catches an option that is lost when an array changes, or that arrives under another name."""
    given: Any = {option: OTHERS[option]}
    written, expected = array(), crud.Options(**given)
    opened: Any = zarr.open_array(
        written.store, engine="reference", config={"engine_options": given}
    )
    before = pickle.dumps(opened.config)
    with zarr.config.set({f"array.engine_options.{option}": default(option)}):
        assert options_of_a_read(opened) == expected
        opened[0]
        assert pickle.dumps(opened.config) == before
        for other in (
            pickle.loads(pickle.dumps(opened)),
            copy.deepcopy(opened),
            opened.with_engine("zarrs"),
            opened.with_config({"order": "F"}),
            opened.with_config({"engine_options": {}}),
            opened.with_config({"engine_options": {option: OTHERS[option]}}),
            zarr.open_array(written.store, config=opened.config),
            type(opened)(opened.async_array.with_config(opened.config)),
        ):
            assert options_of_a_read(other) == expected
            assert other.config.engine_options == given
        opened.resize((8, 5))
        opened.update_attributes({"a": 1})
        assert options_of_a_read(opened) == expected
        for nothing in (None, {option: None}):
            changed = opened.with_config({"engine_options": nothing})
            assert options_of_a_read(changed) == crud.Options()


def test_options_are_added_to_those_of_the_array() -> None:
    """Catches a durable array that loses durability when a caller asks for fewer threads."""
    ours = array(config={"engine_options": {"locking": "threads", "memory_pool": 0}})
    changed = ours.with_config({"engine_options": {"concurrency": 1, "memory_pool": None}})
    assert options_of_a_read(changed) == crud.Options(locking="threads", concurrency=1)
    assert options_of_a_read(ours) == crud.Options(locking="threads", memory_pool=0)


@pytest.mark.parametrize("option", list(UPSTREAMS))
def test_arguments_go_before_our_settings_and_those_before_zarrs(option: str) -> None:
    """Catches an argument that a setting overrides, or a setting that nothing can override."""
    setting, raised, usual = UPSTREAMS[option]
    key, other, same = f"array.engine_options.{option}", OTHERS[option], default(option)
    store = array().store

    def found(config: Any = None) -> Any:
        opened: Any = zarr.open_array(store, engine="zarrs", config=config)
        return getattr(options_of_a_read(opened), option)

    with zarr.config.set({f"array.{setting}": raised}):
        assert found() == other
        assert found({setting: usual}) == same
        with zarr.config.set({key: same}):
            assert found() == same
            assert found({setting: raised}) == other
            assert found({"engine_options": {option: other}}) == other
    with zarr.config.set({key: other}):
        assert found() == other
        assert found({setting: usual}) == found({"engine_options": {option: same}}) == same
        assert found({setting: usual, "engine_options": {option: same}}) == same
    changes: tuple[tuple[Any, Any, Any], ...] = (
        ({"engine_options": {option: other}}, {setting: usual}, same),
        ({setting: raised}, {"engine_options": {option: same}}, same),
        ({setting: usual}, {"engine_options": {option: other}}, other),
        ({"engine_options": {option: same}}, {setting: raised}, other),
    )
    for config, changed, expected in changes:
        opened: Any = zarr.open_array(store, engine="zarrs", config=config)
        assert getattr(options_of_a_read(opened.with_config(changed)), option) == expected


def test_the_old_keyword_is_an_argument_too() -> None:
    """Catches a deprecated keyword that a setting overrides."""
    with zarr.config.set({"array.engine_options.write_empty_chunks": True}):
        with pytest.warns(zarr.errors.ZarrRuntimeWarning, match="write_empty_chunks"):
            ours = zarr.create((7, 5), engine="zarrs", write_empty_chunks=False)
        assert not options_of_a_read(ours).write_empty_chunks


def test_zarrs_number_of_threads_is_followed_where_there_is_no_other() -> None:
    """Catches a program that limits zarr to one thread and uses as many as there are cores."""
    ours = array()
    with zarr.config.set({"threading.max_workers": 2}):
        assert options_of_a_read(ours) == crud.Options(concurrency=2)
        with zarr.config.set({"array.engine_options.concurrency": 3}):
            assert options_of_a_read(ours) == crud.Options(concurrency=3)
            given = ours.with_config({"engine_options": {"concurrency": 4}})
            assert options_of_a_read(given) == crud.Options(concurrency=4)
