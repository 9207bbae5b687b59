"""Invalid `engine=`: refused at once, everywhere, and before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from tests.crud.codecs import AsyncOnly
from tests.engine.backends import Recording, Unavailable
from tests.engine.entry_points import (
    APIS,
    VALUES,
    array_calls,
    array_metadata,
    group_calls,
    group_method_calls,
    group_of,
    hierarchy_calls,
    method_calls,
    nodes_of,
    run,
)
from zarr import crud
from zarr.codecs import BytesCodec
from zarr.core import group as async_groups
from zarr.core import sync_group
from zarr.storage import MemoryStore


def _all_calls(kind: str) -> dict[str, tuple[Any, dict[str, Any]]]:
    """By name: a call, and the keywords that it needs."""
    api, group = APIS[kind], group_of(kind)
    place = {"store": MemoryStore(), "path": "x"}
    calls: dict[str, tuple[Any, dict[str, Any]]] = {}
    for name, call in array_calls(api).items():
        calls[name] = (call, place)
    for name, call in group_calls(api).items():
        calls[name] = (call, {"store": place["store"]})
    for name, call in (method_calls(group) | group_method_calls(group)).items():
        calls[f"Group.{name}"] = (call, {})
    calls["save_array"] = (lambda **k: run(api.save_array(arr=VALUES, **k)), place)
    for name in ("save", "save_group"):
        save = getattr(api, name)
        calls[name] = (lambda save=save, **k: run(save(values=VALUES, **k)), place)
    calls["load"] = (lambda **k: run(api.load(**k)), place)
    calls["Group.create_hierarchy"] = (lambda **k: run(group.create_hierarchy({}, **k)), {})
    return calls


def test_every_entry_point_refuses_an_unknown_engine_at_once(kind: str) -> None:
    """Catches a wrong name that is reported only at the first read, or never."""
    for name, (call, keywords) in _all_calls(kind).items():
        with pytest.raises(
            crud.UnknownBackendError, match="there are 'reference', 'zarrista', 'zarrs'"
        ):
            call(engine="zars", **keywords)
        with pytest.raises(TypeError, match="name of an engine"):
            call(engine=Recording, **keywords)
        store = keywords.get("store")
        assert store is None or not store._store_dict, name


def test_every_hierarchy_function_refuses_an_unknown_engine_at_once() -> None:
    """Catches an unknown engine that a generator reports only when the first node is requested."""
    store = MemoryStore()
    for call in hierarchy_calls().values():
        with pytest.raises(crud.UnknownBackendError, match="'zars'"):
            call(store=store, engine="zars")
    with pytest.raises(crud.UnknownBackendError, match="'zars'"):
        sync_group.create_nodes(store=store, nodes={}, engine="zars")
    with pytest.raises(crud.UnknownBackendError, match="'zars'"):
        async_groups.create_nodes(store=store, nodes={}, engine="zars")
    assert not store._store_dict


def test_an_engine_that_cannot_run_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an unavailable engine without its reason, as requested or in the list of engines."""
    with pytest.raises(crud.BackendUnavailableError, match="the moon is not installed"):
        zarr.open_group(MemoryStore(), engine=Unavailable())
    status = crud.BackendStatus(available=False, reason="the sun is down")
    monkeypatch.setattr("zarr.crud.backends.engines.list_backends", lambda: {"solar": status})
    with pytest.raises(crud.UnknownBackendError, match="'solar' is not available: the sun is down"):
        zarr.open_group(MemoryStore(), engine="zars")


def test_what_the_engine_does_not_serve_is_refused_before_anything_is_written(
    kind: str, engine: str
) -> None:
    """Catches a document without chunks that is left behind, or a needlessly deleted node."""
    v3 = {"codecs": [BytesCodec(), AsyncOnly()]}
    for name, call in array_calls(APIS[kind]).items():
        store = MemoryStore()
        codecs = {"compressors": AsyncOnly()} if name in ("create_array", "from_array") else v3
        zarr.create_array(store, name="x", data=VALUES)
        before = dict(store._store_dict)
        opened = {} if name in ("open", "open_array", "open_like") else {"overwrite": True}
        place = "y" if name in ("open", "open_array", "open_like") else "x"
        with pytest.raises(crud.UnsupportedError, match="codec"):
            call(place, store=store, engine=engine, **codecs, **opened)
        assert store._store_dict == before, name


def test_a_hierarchy_that_the_engine_does_not_serve_is_not_written(engine: str) -> None:
    """Catches a hierarchy that is only partly written."""
    refused = {"x": array_metadata(), "y": array_metadata(compressors=AsyncOnly())}
    for call in hierarchy_calls().values():
        store = MemoryStore()
        with pytest.raises(crud.UnsupportedError, match="codec"):
            nodes_of(
                call(
                    store=store, engine=engine, nodes={"": async_groups.GroupMetadata(), **refused}
                )
            )
        assert not store._store_dict
    group = zarr.open_group(MemoryStore(), engine=engine)
    with pytest.raises(crud.UnsupportedError, match="codec"):
        list(group.create_hierarchy({**refused}))
    assert list(group) == []
