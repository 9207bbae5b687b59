"""`engine=` on everything that makes or opens nodes: never swallowed, never late."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import AsyncOnly
from tests.engine.backends import Recording, Unavailable
from tests.engine.entry_points import (
    GROUP_METHODS,
    MADE,
    VALUES,
    array_calls,
    array_metadata,
    group_calls,
    group_method_calls,
    hierarchy_calls,
    method_calls,
    nodes_of,
    run,
)
from zarr import crud
from zarr.api import asynchronous, synchronous
from zarr.codecs import BytesCodec
from zarr.core import group as async_groups
from zarr.core import sync_group
from zarr.storage import MemoryStore

APIS: dict[str, Any] = {"sync": synchronous, "async": asynchronous}

# Functions that make or open no node for the caller, or take names of arrays as keywords.
WITHOUT_ENGINE = {
    *("consolidate_metadata", "copy", "copy_all", "copy_store"),
    *("load", "save", "save_group", "tree"),
}

# Methods and attributes of groups that make nothing, or what the group's engine applies to.
METHODS_WITHOUT_ENGINE = {
    *("array_keys", "array_values", "arrays", "attrs", "basename", "contains", "delitem", "engine"),
    *("from_dict", "from_store", "get", "get_array", "get_group", "getitem", "group_keys"),
    *("group_values", "groups", "info", "info_complete", "keys", "member_engine", "members"),
    *("metadata", "move", "name", "nmembers", "open", "path", "read_only", "setitem", "store"),
    *("store_path", "synchronizer", "tree", "update_attributes", "update_attributes_async"),
}


def _group(kind: str, **keywords: Any) -> Any:
    group = zarr.open_group(MemoryStore(), **keywords)
    return group if kind == "sync" else group._async_group


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the two interfaces is called."""
    name: str = request.param
    return name


@pytest.fixture(params=["reference", "zarrs", "auto", "zarr"])
def asked(request: pytest.FixtureRequest) -> str:
    """Every name that is no error."""
    name: str = request.param
    return name


def test_every_entry_point_is_in_these_tests(kind: str) -> None:
    """A function of a later upstream that takes no engine, or that swallows it untested."""
    api = APIS[kind]
    names = {*api.__all__, "create_group"}
    taking = {n for n in names if "engine" in inspect.signature(getattr(api, n)).parameters}
    called = {*array_calls(api), *group_calls(api), "save_array", "open_consolidated"}
    assert taking == called | {"create_hierarchy"}
    assert names - taking == WITHOUT_ENGINE
    group = _group(kind)
    methods = {name for name in dir(type(group)) if not name.startswith("_")}
    made = {*method_calls(group), *GROUP_METHODS, "create_hierarchy"}
    assert methods - METHODS_WITHOUT_ENGINE == made
    for name in made:
        assert "engine" in inspect.signature(getattr(group, name)).parameters, name


def test_every_array_maker_gives_the_engine_asked_for(kind: str, asked: str) -> None:
    """A keyword that disappears among the others."""
    for name, call in array_calls(APIS[kind]).items():
        array = call("x", store=MemoryStore(), engine=asked)
        assert array.engine == array.config.engine == asked, name
        assert call("x", store=MemoryStore()).engine == "zarr", name


def test_every_opening_of_a_stored_array_gives_the_engine_asked_for(kind: str, asked: str) -> None:
    """Upstream ignores most keywords where the array is there already."""
    store = MemoryStore()
    zarr.create_array(store, name="x", data=VALUES, chunks=(3, 2))
    api = APIS[kind]
    for name in ("open", "open_array"):
        assert run(getattr(api, name)(store=store, path="x", engine=asked)).engine == asked, name
    like = run(api.open_like(VALUES, store=store, path="x", engine=asked))
    assert like.engine == asked


def test_every_group_maker_gives_the_engine_asked_for(kind: str, asked: str) -> None:
    """On the group, and on what is then made in it."""
    for name, call in group_calls(APIS[kind]).items():
        group = call(store=MemoryStore(), engine=asked)
        assert group.engine == asked, name
        assert run(group.create_array("x", **MADE)).engine == asked, name
        assert call(store=MemoryStore()).engine == "zarr", name


def test_open_gives_the_engine_to_the_group_that_it_finds(kind: str, asked: str) -> None:
    """It does not know before whether it opens an array, and groups have no config."""
    store = MemoryStore()
    zarr.open_group(store, path="g").create_array("x", **MADE)
    with pytest.warns(UserWarning, match="Consolidated"):
        zarr.consolidate_metadata(store)
    api = APIS[kind]
    for opened in (
        run(api.open(store=store, engine=asked)),
        run(api.open_consolidated(store=store, engine=asked)),
    ):
        assert opened.engine == asked
        array = zarr.Group(opened)["g/x"] if kind == "async" else opened["g/x"]
        assert array.engine == asked
    with pytest.raises(TypeError, match="Groups have no runtime configuration"):
        run(api.open(store=store, engine=asked, config={"order": "F"}))


def test_every_method_that_makes_an_array_takes_the_engine(kind: str, asked: str) -> None:
    """Above the engine of the group."""
    for name in method_calls(_group(kind)):
        call = method_calls(_group(kind, engine="reference"))[name]
        assert call(engine=asked).engine == asked, name
        call = method_calls(_group(kind, engine="reference"))[name]
        assert call(config={"engine": asked}).engine == asked, name
        call = method_calls(_group(kind, engine=asked))[name]
        assert call().engine == asked, name


def test_every_method_that_makes_a_group_takes_the_engine(kind: str, asked: str) -> None:
    """Above the engine of the group that it is made in, whether it is there or not."""
    for name in GROUP_METHODS:
        group = _group(kind, engine="reference")
        for call in (group_method_calls(group)[name], group_method_calls(group)["require_group"]):
            (made,) = nodes_of(call(engine=asked))
            assert made.engine == asked, name
        (made,) = nodes_of(group_method_calls(_group(kind, engine=asked))[name]())
        assert made.engine == asked, name


def test_every_hierarchy_gets_the_engine(asked: str) -> None:
    """Arrays and groups, also those that are made on the way."""
    for name, call in hierarchy_calls().items():
        nodes = nodes_of(call(store=MemoryStore(), engine=asked))
        assert nodes, name
        assert {node.engine for node in nodes} == {asked}, name
        assert {node.engine for node in nodes_of(call(store=MemoryStore()))} == {"zarr"}, name


@pytest.mark.parametrize("group_engine", ["reference", "auto"])
def test_a_hierarchy_in_a_group_gets_the_engine(kind: str, asked: str, group_engine: str) -> None:
    """The group's, and above it the one of the call, which need not serve the other's arrays."""
    group = _group(kind, engine=group_engine)
    nodes = nodes_of(run(group.create_hierarchy({"a/x": array_metadata()})))
    assert len(nodes) == 2
    assert {node.engine for node in nodes} == {group_engine}
    metadata = array_metadata(compressors=AsyncOnly() if asked in ("zarr", "auto") else None)
    nodes = nodes_of(run(group.create_hierarchy({"b/x": metadata}, engine=asked)))
    assert {node.engine for node in nodes} == {asked}


def _all_calls(kind: str) -> dict[str, tuple[Any, dict[str, Any]]]:
    """By name: a call, and the keywords that it needs."""
    api, group = APIS[kind], _group(kind)
    place = {"store": MemoryStore(), "path": "x"}
    calls: dict[str, tuple[Any, dict[str, Any]]] = {}
    for name, call in array_calls(api).items():
        calls[name] = (call, place)
    for name, call in group_calls(api).items():
        calls[name] = (call, {"store": place["store"]})
    for name, call in (method_calls(group) | group_method_calls(group)).items():
        calls[f"Group.{name}"] = (call, {})
    calls["save_array"] = (lambda **k: run(api.save_array(arr=VALUES, **k)), place)
    calls["Group.create_hierarchy"] = (lambda **k: run(group.create_hierarchy({}, **k)), {})
    return calls


def test_every_entry_point_refuses_an_unknown_engine_at_once(kind: str) -> None:
    """A wrong name that shows at the first read, or never."""
    for name, (call, keywords) in _all_calls(kind).items():
        with pytest.raises(crud.UnknownBackendError, match="there are 'reference', 'zarrs'"):
            call(engine="zars", **keywords)
        with pytest.raises(TypeError, match="name of an engine"):
            call(engine=Recording, **keywords)
        store = keywords.get("store")
        assert store is None or not store._store_dict, name


def test_every_hierarchy_function_refuses_an_unknown_engine_at_once() -> None:
    """Also those that are generators, before the first node is asked for."""
    store = MemoryStore()
    for call in hierarchy_calls().values():
        with pytest.raises(crud.UnknownBackendError, match="'zars'"):
            call(store=store, engine="zars")
    with pytest.raises(crud.UnknownBackendError, match="'zars'"):
        sync_group.create_nodes(store=store, nodes={}, engine="zars")  # type: ignore[call-arg]
    with pytest.raises(crud.UnknownBackendError, match="'zars'"):
        async_groups.create_nodes(store=store, nodes={}, engine="zars")
    assert not store._store_dict


def test_an_engine_that_cannot_run_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the engine asked for, and beside the others when the name is wrong."""
    with pytest.raises(crud.BackendUnavailableError, match="the moon is not installed"):
        zarr.open_group(MemoryStore(), engine=Unavailable())
    status = crud.BackendStatus(available=False, reason="the sun is down")
    monkeypatch.setattr("zarr.crud.list_backends", lambda: {"solar": status})
    with pytest.raises(crud.UnknownBackendError, match="'solar' is not available: the sun is down"):
        zarr.open_group(MemoryStore(), engine="zars")


def test_what_the_engine_does_not_serve_is_refused_before_anything_is_written(
    kind: str, engine: str
) -> None:
    """A document without chunks left behind, or a node deleted for one that never comes."""
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
    """Half a hierarchy."""
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


def test_values_given_at_creation_are_written_by_the_engine(kind: str) -> None:
    """An array that gets its engine after its values were written natively."""
    api: Any = APIS[kind]
    calls: dict[str, dict[str, Any]] = {
        "create_array": {"data": VALUES, "chunks": (3, 2)},
        "from_array": {"data": VALUES, "chunks": (3, 2)},
        "create": MADE | {"data": VALUES},
        "array": {"data": VALUES, "chunks": (3, 2)},
        "save_array": {"arr": VALUES},
    }
    for name, values in calls.items():
        backend, store = Recording(), MemoryStore()
        run(getattr(api, name)(store=store, engine=backend, **values))
        assert set(backend.verbs) == {"write_region"}, name
        assert np.array_equal(np.asarray(zarr.open_array(store)), VALUES), name


def test_the_keyword_is_documented_once_and_in_the_same_words() -> None:
    """In every docstring that documents parameters, before what is passed on."""
    documented = [
        getattr(api, n) for api in APIS.values() for n in api.__all__ if n not in WITHOUT_ENGINE
    ]
    for group in (zarr.Group, zarr.AsyncGroup):
        documented += [getattr(group, n) for n in {*method_calls(group), *GROUP_METHODS}]
    entries = set()
    for function in documented:
        doc = inspect.getdoc(function)
        assert doc is not None, function
        head, mark, rest = doc.partition("\nengine : ")
        assert mark, function
        assert mark not in rest, function
        assert "Parameters\n---" in head, function
        assert "**kwargs" not in head, function
        lines = rest.split("\n")
        end = next(
            (n for n, line in enumerate(lines) if n and not line.startswith(" ")), len(lines)
        )
        entries.add("\n".join(lines[:end]).rstrip())
    assert len(entries) == 1
