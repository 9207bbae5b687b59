"""Which store a call with an engine is about; what becomes of it in a child is tested apart."""

from __future__ import annotations

from typing import Any

import obstore
import pytest

import zarr
from zarr._engine.keyword.forked import refuse_lost
from zarr.crud._stores import forks
from zarr.storage import MemoryStore, ObjectStore, StorePath


@pytest.fixture(autouse=True)
def unused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_used", set())
    monkeypatch.setattr(forks, "_lost", set())


def stored() -> list[Any]:
    """Return all that a call may name a store of obstore by."""
    store = ObjectStore(obstore.store.MemoryStore())
    group = zarr.create_group(store)
    array = group.create_array("x", shape=4, dtype="i4")
    place = StorePath(store, "x")
    return [store, place, group, group._async_group, array, array.async_array]


@pytest.mark.parametrize("engine", ["zarrs", "reference", "auto"])
def test_the_store_of_a_call_is_noted_and_refused(engine: str) -> None:
    """Catches a form of a store for which a call hangs in a forked child."""
    for given in stored():
        for args, kwargs in (((given,), {}), ((), {"store": given})):
            forks._used.clear()
            refuse_lost(engine, args, kwargs)
            assert forks._used == {"obstore"}
            forks._lost.add("obstore")
            with pytest.raises(zarr.crud.UnsupportedError, match="forkserver"):
                refuse_lost(engine, args, kwargs)
            forks._lost.clear()


def test_calls_without_an_engine_and_other_stores_are_upstreams() -> None:
    """Catches a refusal of calls that nobody asked to differ from upstream's."""
    forks._lost.add("obstore")
    for given in stored():
        refuse_lost(None, (given,), {})
        refuse_lost("zarr", (), {"store": given})
    for given in (MemoryStore(), {}, "memory://x", 7, None):
        refuse_lost("zarrs", (given,), {"store": given})
    with zarr.config.set({"array.engine": "zarrs"}), pytest.raises(zarr.crud.UnsupportedError):
        refuse_lost(None, (stored()[0],), {})
