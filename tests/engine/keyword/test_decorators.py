"""Decorated functions: the engine reaches the nodes that they return, and the config."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import zarr
from tests.crud.codecs import AsyncOnly
from tests.engine.entry_points import array_metadata, nodes_of, run
from zarr import crud
from zarr._engine import array_engine, group_engine, hierarchy_engine
from zarr._engine.keyword.decorators import check_nodes, stamp
from zarr.api import asynchronous
from zarr.core.group import GroupMetadata
from zarr.storage import MemoryStore


def group() -> zarr.Group:
    return zarr.open_group(MemoryStore())


async def group_async() -> zarr.AsyncGroup:
    return await asynchronous.open_group(MemoryStore())


def array(*, config: Any = None) -> Any:
    return zarr.create_array({}, shape=3, dtype="i2", config=config)


def nodes() -> Iterator[tuple[str, Any]]:
    yield "g", group()
    yield "x", array()


async def nodes_async() -> AsyncIterator[tuple[str, Any]]:
    yield "g", await group_async()
    yield "x", await asynchronous.create_array({}, shape=3, dtype="i2")


DECORATED: dict[str, Callable[..., Any]] = {
    "group": group_engine(group),
    "group_async": group_engine(group_async),
    "array": array_engine(array),
    "nodes": hierarchy_engine(nodes),
    "nodes_async": hierarchy_engine(nodes_async),
}


@pytest.mark.parametrize("name", DECORATED)
def test_every_node_of_a_result_has_the_engine(name: str, asked: str) -> None:
    """Catches a kind of function whose results do not get the engine."""
    function = DECORATED[name]
    assert inspect.signature(function).parameters["engine"].default is None
    for given, engine in ((asked, asked), (None, "zarr")):
        found = nodes_of(run(function(engine=given)))
        assert [node.engine for node in found] == [engine] * len(found) != []


@pytest.mark.parametrize("name", DECORATED)
def test_an_unknown_engine_is_refused_by_the_call(name: str) -> None:
    """Catches a generator that reports an unknown engine only when the first node is requested."""
    result = None
    with pytest.raises(crud.UnknownBackendError, match="'zars'"):
        result = run(DECORATED[name](engine="zars"))
    assert result is None


def test_the_keyword_is_added_to_the_config() -> None:
    """Catches lost settings of the config, or two engines of which one is ignored."""
    made = DECORATED["array"](config={"order": "F"}, engine="reference")
    assert (made.config.order, made.engine) == ("F", "reference")
    with pytest.raises(ValueError, match="'reference' contradicts the engine 'zarrs'"):
        DECORATED["array"](config={"engine": "zarrs"}, engine="reference")


def test_a_stamp_changes_nothing_but_the_engine_of_nodes() -> None:
    """Catches a result without a node that fails, or a node that loses its engine."""
    made, parent = array(config={"order": "F"}), group()
    assert stamp(None, "zarrs") is None
    assert stamp((made, parent), "reference") == (made, parent)
    for engine, result in ((None, "reference"), ("zarrs", "zarrs")):
        assert stamp(made, engine) is made
        assert stamp(parent, engine) is parent
        assert (made.engine, made.config.order, parent.engine) == (result, "F", result)


def test_all_nodes_are_checked_before_one_is_written() -> None:
    """Catches a hierarchy that is written up to the first array that the engine refuses."""
    served, unserved = array_metadata(), array_metadata(compressors=AsyncOnly())
    check_nodes({"g": GroupMetadata(), "g/x": served}, MemoryStore(), "a", "reference")
    with pytest.raises(crud.UnsupportedError, match=r"'reference' does not serve .*a/g/y: .*codec"):
        check_nodes({"g/x": served, "g/y": unserved}, MemoryStore(), "a", "reference")
    check_nodes({"g/y": unserved}, MemoryStore(), "", "zarr")
    check_nodes(["no mapping"], MemoryStore(), "", "reference")
