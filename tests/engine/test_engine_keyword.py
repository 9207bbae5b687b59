"""`engine=` and `array.engine`: how an array gets its engine, and keeps it."""

from __future__ import annotations

import inspect
import os
import pickle
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from zarr import crud
from zarr._engine import EngineName
from zarr._engine.keyword.groups import FILLED
from zarr.core.array_spec import ArrayConfig
from zarr.errors import ZarrRuntimeWarning
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


@pytest.fixture
def store() -> MemoryStore:
    """A store with a ragged array at its root."""
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    return store


def test_open_array_chooses_the_engine(engine: str, store: MemoryStore) -> None:
    """Catches an engine that `open_array` loses, by keyword or config, in either array class."""
    array = zarr.open_array(store, engine=engine)
    assert array.engine == array.async_array.engine == array.config.engine == engine
    assert zarr.open_array(store).engine == "zarr"
    for cls in (zarr.Array, zarr.AsyncArray):
        assert isinstance(inspect.getattr_static(cls, "engine"), EngineName)


async def test_the_async_open_array_chooses_the_engine(engine: str, store: MemoryStore) -> None:
    """Catches a keyword that the asynchronous function lacks, or work in the loop's thread."""
    array = await zarr.api.asynchronous.open_array(store=store, engine=engine)
    assert array.engine == engine
    await array.setitem((0, 0), 99)
    assert np.array_equal(await array.getitem((slice(0, 2), 0)), [99, 5])


def test_the_configuration_chooses_the_engine_of_every_array(
    engine: str, store: MemoryStore
) -> None:
    """Catches an array that ignores the configured engine, or one that overrides `engine=`."""
    with zarr.config.set({"array.engine": engine}):
        assert zarr.open_array(store).engine == engine
        assert zarr.open_array(store, engine="zarr").engine == "zarr"
        group = zarr.open_group(MemoryStore())
        assert group.create_array("x", shape=(7,), dtype="i2").engine == engine
        assert group["x"].engine == engine
    assert zarr.open_array(store).engine == "zarr"


def test_the_environment_chooses_the_engine(tmp_path: Path, engine: str) -> None:
    """Catches a variable without effect, for programs that cannot be changed."""
    zarr.create_array(tmp_path, data=VALUES, chunks=(3, 2))
    code = (
        f"import zarr; a = zarr.open_array({str(tmp_path)!r}); assert a.engine == {engine!r};"
        "assert a[2, 3] == 13"
    )
    environment = os.environ | {"ZARR_ARRAY__ENGINE": engine}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_the_engine_travels_with_the_array(engine: str, tmp_path: Path) -> None:
    """Catches an engine that is lost in a pickle, a resize, an append or a changed config."""
    zarr.create_array(tmp_path, data=VALUES, chunks=(3, 2))
    array = zarr.open_array(LocalStore(tmp_path), engine=engine)
    again = pickle.loads(pickle.dumps(array))
    assert again.engine == engine
    assert np.array_equal(again[...], VALUES)
    assert array.with_config({"order": "F"}).engine == engine
    assert array.update_attributes({"a": 1}).engine == engine
    array.resize((8, 5))
    array.append(np.full((2, 5), 4))
    assert array.engine == engine
    expected = np.vstack([VALUES, np.zeros((1, 5)), np.full((2, 5), 4)])
    assert np.array_equal(array[...], expected)
    assert np.array_equal(zarr.open_array(tmp_path)[...], expected)


def test_a_resized_array_is_read_in_its_new_shape(engine: str, store: MemoryStore) -> None:
    """Catches a cache that uses the old metadata object after a resize."""
    array = zarr.open_array(store, engine=engine)
    assert array[6, 4] == 34
    array.resize((4, 5))
    with pytest.raises(IndexError):
        array[6, 4]
    array.resize((7, 5))
    assert array[6, 4] == 0
    assert np.array_equal(array[:3], VALUES[:3])


def test_old_pickles_of_configurations_have_the_native_engine() -> None:
    """Catches an error for pickles from a zarr without engines, which lack the field."""
    config = ArrayConfig("C", write_empty_chunks=False)
    state = dict(config.__dict__)
    del state["engine"]
    old: Any = object.__new__(ArrayConfig)
    old.__setstate__(state)
    assert old.engine == "zarr"
    assert old == config


def test_an_unknown_engine_is_refused_at_once(store: MemoryStore) -> None:
    """Catches an unknown engine that is accepted, or a message without the existing ones."""
    with pytest.raises(crud.UnknownBackendError, match="'reference', 'zarrista', 'zarrs'"):
        zarr.open_array(store, engine="zars")
    with pytest.raises(TypeError, match="name of an engine"):
        zarr.open_array(store, engine=5)  # type: ignore[arg-type]


def test_an_unknown_configured_engine_is_refused_at_its_first_use(store: MemoryStore) -> None:
    """Catches an error at opening, for a worker that registers the engine after its imports."""
    with zarr.config.set({"array.engine": "later"}):
        array = zarr.open_array(store)
    with pytest.raises(crud.UnknownBackendError, match="'later'"):
        array[0]


def test_two_different_engines_in_one_call_are_refused(store: MemoryStore) -> None:
    """Catches one of two engines that silently takes precedence."""
    with pytest.raises(ValueError, match="pass one"):
        zarr.open_array(store, engine="reference", config={"engine": "zarrs"})
    config = {"engine": "reference", "order": "F"}
    array = zarr.open_array(store, engine="reference", config=config)  # type: ignore[arg-type]
    assert (array.engine, array.order) == ("reference", "F")


def test_an_array_that_the_engine_does_not_serve_is_refused_at_open() -> None:
    """Catches a refusal without the reason or after a chunk was touched, or a fallback."""
    store = MemoryStore()
    crud.create(SERVED_BY_NOBODY, store)
    for engine in ("reference", "zarrs"):
        with pytest.raises(crud.UnsupportedError, match="codec"):
            zarr.open_array(store, engine=engine)


@pytest.mark.parametrize("owner", [zarr, zarr.api.asynchronous, zarr.Group, zarr.AsyncGroup])
def test_the_signature_shows_the_keyword(owner: Any) -> None:
    """Catches a keyword that is hidden in `**kwargs`, where neither editors nor `help` show it."""
    opened = ("require_group",) if isinstance(owner, type) else ("open_array",)
    for name in (*opened, *FILLED):
        function = getattr(owner, name)
        parameter = inspect.signature(function).parameters["engine"]
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is None
        assert (inspect.getdoc(function) or "").count("engine : str") == 1


def test_the_native_engine_is_untouched(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an array without an engine that reaches a backend."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a backend was asked")

    monkeypatch.setattr("zarr._engine.calls.methods.prepare", refuse)
    array: Any = zarr.open_array(store)
    array[0, 0] = 5
    assert array[0, 0] == 5
    assert np.array_equal(array.oindex[[1, 0], :], [VALUES[1], [5, 1, 2, 3, 4]])


@pytest.mark.parametrize("write_empty_chunks", [False, True])
@pytest.mark.parametrize("make", [zarr.create, zarr.zeros, partial(zarr.open_array, mode="w")])
@pytest.mark.filterwarnings("ignore:The `write_empty_chunks` keyword")
def test_the_old_keyword_beside_the_engine_is_no_contradiction(
    engine: str, make: Any, *, write_empty_chunks: bool
) -> None:
    """Catches a warning of two configurations, although the caller gave only one."""
    array = make(
        shape=(3,), store=MemoryStore(), write_empty_chunks=write_empty_chunks, engine=engine
    )
    assert array.config.write_empty_chunks is write_empty_chunks
    assert array.engine == engine


def test_the_old_keyword_is_still_deprecated(engine: str) -> None:
    """Catches a missing deprecation warning of upstream's."""
    with pytest.warns(ZarrRuntimeWarning, match="`write_empty_chunks` keyword") as warned:
        zarr.create((3,), store=MemoryStore(), write_empty_chunks=True, engine=engine)
    assert len(warned) == 1
