"""`engine=` on everything that creates or opens nodes: never ignored, never late."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import AsyncOnly
from tests.engine.backends import Recording
from tests.engine.entry_points import (
    APIS,
    GROUP_METHODS,
    MADE,
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
from zarr.storage import MemoryStore

# Functions that do not create or open a node for the caller.
WITHOUT_ENGINE = {"consolidate_metadata", "copy", "copy_all", "copy_store", "tree"}

# Functions that do so through other functions.
PASSING = {"load", "save", "save_array", "save_group"}

# Methods and attributes of groups that create nothing, or that use the group's engine.
METHODS_WITHOUT_ENGINE = {
    *("array_keys", "array_values", "arrays", "attrs", "basename", "contains", "delitem", "engine"),
    *("from_dict", "from_store", "get", "get_array", "get_group", "getitem", "group_keys"),
    *("group_values", "groups", "info", "info_complete", "keys", "member_engine", "members"),
    *("metadata", "move", "name", "nmembers", "open", "path", "read_only", "setitem", "store"),
    *("store_path", "synchronizer", "tree", "update_attributes", "update_attributes_async"),
}


def test_every_entry_point_is_in_these_tests(kind: str) -> None:
    """Catches a function of a later upstream release that takes no engine, or is not tested."""
    api = APIS[kind]
    names = {*api.__all__, "create_group"}
    taking = {n for n in names if "engine" in inspect.signature(getattr(api, n)).parameters}
    called = {*array_calls(api), *group_calls(api), *PASSING, "open_consolidated"}
    assert taking == called | {"create_hierarchy"}
    assert names - taking == WITHOUT_ENGINE
    group = group_of(kind)
    methods = {name for name in dir(type(group)) if not name.startswith("_")}
    made = {*method_calls(group), *GROUP_METHODS, "create_hierarchy"}
    assert methods - METHODS_WITHOUT_ENGINE == made
    for name in made:
        assert "engine" in inspect.signature(getattr(group, name)).parameters, name


def test_every_array_maker_gives_the_engine_asked_for(kind: str, asked: str) -> None:
    """Catches a keyword that is lost among the others."""
    for name, call in array_calls(APIS[kind]).items():
        array = call("x", store=MemoryStore(), engine=asked)
        assert array.engine == array.config.engine == asked, name
        assert call("x", store=MemoryStore()).engine == "zarr", name


def test_every_opening_of_a_stored_array_gives_the_engine_asked_for(kind: str, asked: str) -> None:
    """Catches a lost engine for existing arrays, for which upstream ignores most keywords."""
    store = MemoryStore()
    zarr.create_array(store, name="x", data=VALUES, chunks=(3, 2))
    api = APIS[kind]
    for name in ("open", "open_array"):
        assert run(getattr(api, name)(store=store, path="x", engine=asked)).engine == asked, name
    like = run(api.open_like(VALUES, store=store, path="x", engine=asked))
    assert like.engine == asked


def test_every_group_maker_gives_the_engine_asked_for(kind: str, asked: str) -> None:
    """Catches a group that loses the engine, or that does not pass it on to its members."""
    for name, call in group_calls(APIS[kind]).items():
        group = call(store=MemoryStore(), engine=asked)
        assert group.engine == asked, name
        assert run(group.create_array("x", **MADE)).engine == asked, name
        assert call(store=MemoryStore()).engine == "zarr", name


def test_open_gives_the_engine_to_the_group_that_it_finds(kind: str, asked: str) -> None:
    """Catches a lost engine when `open` finds a group, because groups have no config."""
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
    """Catches a group's engine that overrides that of the call."""
    for name in method_calls(group_of(kind)):
        call = method_calls(group_of(kind, engine="reference"))[name]
        assert call(engine=asked).engine == asked, name
        call = method_calls(group_of(kind, engine="reference"))[name]
        assert call(config={"engine": asked}).engine == asked, name
        call = method_calls(group_of(kind, engine=asked))[name]
        assert call().engine == asked, name


def test_every_method_that_makes_a_group_takes_the_engine(kind: str, asked: str) -> None:
    """Catches a parent's engine that overrides that of the call, for new or existing groups."""
    for name in GROUP_METHODS:
        group = group_of(kind, engine="reference")
        for call in (group_method_calls(group)[name], group_method_calls(group)["require_group"]):
            (made,) = nodes_of(call(engine=asked))
            assert made.engine == asked, name
        (made,) = nodes_of(group_method_calls(group_of(kind, engine=asked))[name]())
        assert made.engine == asked, name


def test_every_hierarchy_gets_the_engine(asked: str) -> None:
    """Catches an array, a group or a missing parent in a hierarchy that does not get the engine."""
    for name, call in hierarchy_calls().items():
        nodes = nodes_of(call(store=MemoryStore(), engine=asked))
        assert nodes, name
        assert {node.engine for node in nodes} == {asked}, name
        assert {node.engine for node in nodes_of(call(store=MemoryStore()))} == {"zarr"}, name


@pytest.mark.parametrize("group_engine", ["reference", "auto"])
def test_a_hierarchy_in_a_group_gets_the_engine(kind: str, asked: str, group_engine: str) -> None:
    """Catches another engine than the group's or the call's in a hierarchy."""
    group = group_of(kind, engine=group_engine)
    nodes = nodes_of(run(group.create_hierarchy({"a/x": array_metadata()})))
    assert len(nodes) == 2
    assert {node.engine for node in nodes} == {group_engine}
    metadata = array_metadata(compressors=AsyncOnly() if asked in ("zarr", "auto") else None)
    nodes = nodes_of(run(group.create_hierarchy({"b/x": metadata}, engine=asked)))
    assert {node.engine for node in nodes} == {asked}


def test_values_given_at_creation_are_written_by_the_engine(kind: str) -> None:
    """Catches an array that gets its engine after its values were written natively."""
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
    """Catches a docstring without the keyword, or with other words, or with it at the end."""
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
