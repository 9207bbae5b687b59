"""Options that are invalid, that an engine or a store cannot follow, or that are ignored."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.test_engine_options import VALUES, array
from zarr import crud
from zarr.core.array_spec import ArrayConfig
from zarr.storage import MemoryStore

WRONG: list[tuple[str, Any, type[Exception]]] = [
    ("concurrency", 0, ValueError),
    ("concurrency", "two", ValueError),
    ("durability", "fsinc", ValueError),
    ("missing_chunks", False, ValueError),
    ("memory_pool", -1, ValueError),
    ("concurency", 1, TypeError),
]

FSYNC: Any = {"engine_options": {"durability": "fsync"}}


@pytest.mark.parametrize(("name", "value", "error"), WRONG)
def test_a_wrong_option_is_an_error_that_names_it(
    name: str, value: Any, error: type[Exception]
) -> None:
    """Catches a misspelled option without effect, or an error that does not name its source."""
    ours = array()
    with zarr.config.set({f"array.engine_options.{name}": value}):
        for call in (
            lambda: ours[0],
            lambda: ours[...],
            lambda: ours.__setitem__(0, 1),
            lambda: zarr.open_array(ours.store, engine="zarrs"),
            lambda: zarr.create_array({}, shape=3, dtype="i2", engine="reference"),
        ):
            with pytest.raises(error, match=r"configuration key array\.engine_options") as caught:
                call()
            assert name in str(caught.value)
    for config in ({name: value}, {"memory_pool": 0, name: value}):
        for call in (
            lambda: ours.with_config({"engine_options": config}),  # noqa: B023
            lambda: array(config={"engine_options": config}),  # noqa: B023
        ):
            with pytest.raises(error, match=name):
                call()


@pytest.mark.parametrize("options", [5, "zstd", [], 0, ("concurrency", 1)])
def test_what_holds_no_options_is_an_error(options: Any) -> None:
    """Catches a value of a wrong type that is treated as no options."""
    ours = array()
    with pytest.raises(TypeError, match="engine_options is"):
        ours.with_config({"engine_options": options})
    with (
        zarr.config.set({"array.engine_options": options}),
        pytest.raises(TypeError, match=r"configuration key array\.engine_options is"),
    ):
        ours[0]


def test_a_wrong_number_of_zarrs_threads_is_an_error_that_names_it() -> None:
    """Catches an error about an option that the caller does not know."""
    ours = array()
    with (
        zarr.config.set({"threading.max_workers": 0}),
        pytest.raises(ValueError, match=r"threading\.max_workers is 0"),
    ):
        ours[0]


@pytest.mark.parametrize("option", ["missing_chunks", "coalesce_max_gap"])
def test_an_option_with_two_meanings_is_refused(option: str) -> None:
    """Catches one of two names that silently takes precedence."""
    both: dict[str, Any] = {
        "missing_chunks": {"read_missing_chunks": True, "engine_options": {option: "error"}},
        "coalesce_max_gap": {
            "sharding_coalesce_max_gap_bytes": 5, "engine_options": {option: 7},
        },
    }  # fmt: skip
    with pytest.raises(ValueError, match=f"contradicts {option}"):
        array(config=both[option])
    with pytest.raises(ValueError, match=f"contradicts {option}"):
        array().with_config(both[option])


def test_zarrs_own_path_takes_no_options() -> None:
    """Catches options that are accepted and ignored."""
    store = MemoryStore()
    for engine in (None, "zarr"):
        with pytest.raises(crud.UnsupportedError, match="takes no engine_options"):
            zarr.create_array(store, data=VALUES, config=FSYNC, engine=engine)
    assert not dict(store._store_dict)
    native = zarr.create_array(store, data=VALUES, config={"engine_options": {}})
    with pytest.raises(crud.UnsupportedError, match="takes no engine_options"):
        native.with_config(FSYNC)
    ours = native.with_config({"engine": "zarrs", "engine_options": {"memory_pool": 0}})
    with pytest.raises(crud.UnsupportedError, match="takes no engine_options"):
        ours.with_config({"engine": "zarr", "engine_options": {"memory_pool": 1}})
    by_hand = ArrayConfig("C", write_empty_chunks=False, engine_options={"memory_pool": 1})
    for change in (
        lambda: ours.with_config({"engine": "zarr"}),
        lambda: ours.with_engine("zarr"),
        lambda: zarr.open_array(store, config=by_hand),
        lambda: zarr.open_array(store, config=by_hand, engine="zarr"),
    ):
        with pytest.raises(crud.UnsupportedError, match="takes no engine_options"):
            change()
    assert ours.with_config({"engine": "zarr", "engine_options": None}).engine == "zarr"
    assert zarr.open_array(store, config=by_hand, engine="zarrs").engine == "zarrs"
    with zarr.config.set({"array.engine": "zarrs"}):
        assert array(engine=None, config={"engine_options": {"memory_pool": 0}}).engine == "zarrs"


@pytest.mark.parametrize("engine", ["reference", "zarrs", "auto"])
@pytest.mark.parametrize("configured", [False, True])
def test_what_a_store_cannot_do_is_refused_before_any_work(
    engine: str, *, configured: bool
) -> None:
    """Catches an array that is created or extended, and then cannot be written as requested."""
    store, config = MemoryStore(), None if configured else FSYNC
    key = "array.engine_options.durability"
    with (
        zarr.config.set({key: "fsync"} if configured else {}),
        pytest.raises(crud.UnsupportedError, match="durability='fsync' needs a LocalStore"),
    ):
        array(store, engine, config=config)
    assert not dict(store._store_dict)
    ours = array(store, engine)
    before = {key: value.to_bytes() for key, value in store._store_dict.items()}
    with zarr.config.set({key: "fsync"} if configured else {}):
        opened = zarr.open_array(store, engine=engine, config=config)
        np.testing.assert_array_equal(opened[...], VALUES)
        for change in (
            lambda: opened.__setitem__(0, 1),
            lambda: opened.append(VALUES),
            lambda: asyncio.run(opened.async_array.append(VALUES)),
        ):
            with pytest.raises(crud.UnsupportedError, match="durability='fsync'"):
                change()
    assert {key: value.to_bytes() for key, value in store._store_dict.items()} == before
    assert opened.shape == ours.shape == (7, 5)


ENVIRONMENT = """
import zarr
array = zarr.create_array({}, shape=(7, 5), dtype="i2", engine="zarrs")
print(array.engine_info().options)
"""


def test_the_environment_sets_options() -> None:
    """Catches a variable that is read as text, or under another key."""
    options = {"CONCURRENCY": "1", "LOCKING": "threads", "VALIDATE_CHECKSUMS": "False"}
    variables = {f"ZARR_ARRAY__ENGINE_OPTIONS__{name}": value for name, value in options.items()}
    command = [sys.executable, "-c", ENVIRONMENT]
    done = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=True
    )
    expected = crud.Options(concurrency=1, locking="threads", validate_checksums=False)
    assert done.stdout.strip() == repr(expected)
    variables = {"ZARR_ARRAY__ENGINE_OPTIONS__CONCURRENCY": "many"}
    done = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert "ZARR_ARRAY__ENGINE_OPTIONS__CONCURRENCY" in done.stderr.splitlines()[-1]
