"""`load`, `save` and `save_group`, which create and open arrays through other functions."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

import zarr
from tests.crud.backends import test_registry
from tests.engine import entry_points
from tests.engine.backends import Recording
from tests.engine.entry_points import APIS, run
from zarr import crud
from zarr.api import asynchronous
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

VALUES: Any = entry_points.VALUES

SAVES: dict[str, tuple[str, tuple[Any, ...], dict[str, Any], list[str]]] = {
    "one": ("save", (VALUES,), {}, [""]),
    "several": ("save", (VALUES, VALUES), {"y": VALUES}, ["arr_0", "arr_1", "y"]),
    "group": ("save_group", (VALUES,), {"y": VALUES}, ["arr_0", "y"]),
}


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("path", [None, "a/b"])
@pytest.mark.parametrize("save", SAVES)
def test_what_is_saved_is_written_and_loaded_by_the_engine(
    kind: str, save: str, path: str | None, zarr_format: Any
) -> None:
    """Catches a keyword that is treated as an array, and refused."""
    name, values, named, arrays = SAVES[save]
    api, store, backend = APIS[kind], MemoryStore(), Recording()
    where: dict[str, Any] = {"path": path, "zarr_format": zarr_format}
    run(getattr(api, name)(store, *values, engine=backend, **where, **named))
    assert backend.verbs == ["write_region"] * len(arrays)
    for array in arrays:
        at = "/".join(filter(None, (path, array)))
        assert_same(np.asarray(run(api.load(store=store, path=at, engine=backend))), VALUES)
        assert_same(np.asarray(run(api.load(store=store, path=at, engine=None))), VALUES)
    assert backend.verbs == ["write_region"] * len(arrays) + ["read_region"] * len(arrays)


def test_an_array_may_be_named_engine(kind: str) -> None:
    """Catches an array named "engine" that can no longer be saved."""
    store = MemoryStore()
    for name in ("save", "save_group"):
        run(getattr(APIS[kind], name)(store, VALUES, engine=VALUES + 1))
        found = zarr.open_group(store)
        assert sorted(found) == ["arr_0", "engine"]
        assert_same(np.asarray(found["engine"]), VALUES + 1)


class NoFloats(test_registry.Recording):
    """A backend that serves only integers."""

    name: ClassVar[str] = "no_floats"

    def supports(self, document: Any, *args: Any) -> str | None:
        return "it is afraid of floats" if document.dtype.kind == "f" else None


@pytest.mark.parametrize("name", ["save", "save_group"])
def test_what_the_engine_refuses_leaves_what_is_there(kind: str, name: str, tmp_path: Path) -> None:
    """Catches a group that is replaced although one of its new arrays cannot be written."""
    store = LocalStore(tmp_path)
    zarr.save_group(store, VALUES, old=VALUES)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(crud.UnsupportedError, match="afraid of floats"):
        run(getattr(APIS[kind], name)(store, VALUES, y=VALUES / 2, engine=NoFloats()))
    with pytest.raises(crud.UnknownBackendError, match="did you mean 'zarrs'"):
        run(getattr(APIS[kind], name)(store, VALUES, y=VALUES, engine="zars"))
    with (
        crud.register_backend(NoFloats()),
        zarr.config.set({"array.engine": "no_floats"}),
        pytest.raises(crud.UnsupportedError, match="afraid of floats"),
    ):
        run(getattr(APIS[kind], name)(store, VALUES, y=VALUES / 2))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("option", ["durability", "locking"])
def test_groups_are_saved_as_the_options_ask(kind: str, option: str, tmp_path: Path) -> None:
    """Catches a folder that is refused because the temporary store of the check has none."""
    words = {"durability": "fsync", "locking": "processes"}
    save = APIS[kind].save_group
    with zarr.config.set({f"array.engine_options.{option}": words[option]}):
        for place in (LocalStore(tmp_path / "a"), str(tmp_path / "b"), tmp_path / "c"):
            run(save(place, VALUES, y=VALUES, engine="zarrs"))
            assert_same(np.asarray(zarr.open_group(place, mode="r")["y"]), VALUES)
            run(save(place, VALUES, x=VALUES, path="below", engine="zarrs"))
        store = MemoryStore()
        with pytest.raises(crud.UnsupportedError, match="needs a LocalStore"):
            run(save(store, VALUES, engine="zarrs"))
        assert not store._store_dict


def test_the_engine_of_a_call_is_that_of_no_other() -> None:
    """Catches an engine that leaks into concurrent calls, in tasks or threads, or later ones."""
    stores = [AsyncOnlyStore() for _ in range(6)]
    engines = [Recording() if number % 2 else None for number in range(6)]

    async def save_all() -> None:
        saves = zip(stores, engines, strict=True)
        await asyncio.gather(*(asynchronous.save(s, VALUES, VALUES, engine=e) for s, e in saves))

    asyncio.run(save_all())
    threads = [
        threading.Thread(target=zarr.load, args=(store, "arr_1"), kwargs={"engine": engine})
        for store, engine in zip(stores, engines, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store, engine in zip(stores, engines, strict=True):
        if engine is not None:
            assert engine.verbs == ["write_region"] * 2 + ["read_region"]
        assert zarr.open_array(store, path="arr_0").engine == "zarr"
    with pytest.raises(NotImplementedError):
        zarr.load(stores[0], engine="zarrs")
    assert zarr.create_array({}, data=VALUES).engine == "zarr"
