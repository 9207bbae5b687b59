"""Every function and method that creates or opens nodes, as calls with the caller's keywords."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

import zarr
from zarr.api import asynchronous, synchronous
from zarr.core import group as async_groups
from zarr.core import sync_group
from zarr.core.group import GroupMetadata
from zarr.core.metadata import ArrayV3Metadata
from zarr.core.sync import sync
from zarr.storage import MemoryStore

type Call = Callable[..., Any]

APIS: Final[dict[str, Any]] = {"sync": synchronous, "async": asynchronous}

VALUES: Final = np.arange(35, dtype="i2").reshape(7, 5)
MADE: Final[dict[str, Any]] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"}

# Functions that create an array where there is none, by their name in the API; they take store= and
# path=.
MAKERS: Final[dict[str, dict[str, Any]]] = {
    "create": MADE,
    "empty": MADE,
    "zeros": MADE,
    "ones": MADE,
    "full": MADE | {"fill_value": 3},
    "open": MADE,
    "open_array": MADE | {"mode": "w"},
    "array": {"data": VALUES, "chunks": (3, 2)},
    "open_like": {"a": VALUES, "chunks": (3, 2)},
    "empty_like": {"a": VALUES, "chunks": (3, 2)},
    "zeros_like": {"a": VALUES, "chunks": (3, 2)},
    "ones_like": {"a": VALUES, "chunks": (3, 2)},
    "full_like": {"a": VALUES, "chunks": (3, 2), "fill_value": 3},
}

# The same, with the array's place in `name`.
NAMING_MAKERS: Final[dict[str, dict[str, Any]]] = {
    "create_array": MADE,
    "from_array": {"data": VALUES, "chunks": (3, 2)},
}

GROUP_MAKERS: Final = ("create_group", "group", "open_group")

# By name: arguments of the method that creates the array "x" in a group.
METHODS: Final[dict[str, dict[str, Any]]] = {
    "create_array": MADE,
    "require_array": MADE,
    "empty": MADE,
    "zeros": MADE,
    "ones": MADE,
    "full": MADE | {"fill_value": 3},
    "empty_like": {"data": VALUES, "chunks": (3, 2)},
    "zeros_like": {"data": VALUES, "chunks": (3, 2)},
    "ones_like": {"data": VALUES, "chunks": (3, 2)},
    "full_like": {"data": VALUES, "chunks": (3, 2), "fill_value": 3},
}

GROUP_METHODS: Final = ("create_group", "require_group", "require_groups")


def array_metadata(**changed: Any) -> ArrayV3Metadata:
    """The metadata of an array of VALUES, for hierarchies."""
    made = zarr.create_array(MemoryStore(), **(MADE | changed))
    assert isinstance(made.metadata, ArrayV3Metadata)
    return made.metadata


def group_of(kind: str, **keywords: Any) -> Any:
    """A group of one of the two interfaces, at the root of an empty store."""
    group = zarr.open_group(MemoryStore(), **keywords)
    return group if kind == "sync" else group._async_group


def fill(store: Any, zarr_format: Any = 3) -> None:
    """Write the arrays x, g/y and g/h/z, and the groups that contain them."""
    root = zarr.open_group(store, zarr_format=zarr_format)
    for path in ("x", "g/y", "g/h/z"):
        *groups, name = path.split("/")
        group = root
        for part in groups:
            group = group.require_group(part)
        group.create_array(name, data=VALUES, chunks=(3, 2))


def run(result: Any) -> Any:
    """The result of a call of the asynchronous interface: a node, or a list of names and nodes."""
    if hasattr(result, "__aiter__"):
        return sync(_listed(result))
    return sync(result) if hasattr(result, "__await__") else result


async def _listed(nodes: Any) -> list[Any]:
    return [node async for node in nodes]


def array_calls(api: Any) -> dict[str, Call]:
    """By name: calls that create or open an array in a store that may hold one, with keywords."""
    calls: dict[str, Call] = {}
    for name, made in MAKERS.items():
        calls[name] = _named(api, name, made, "path")
    for name, made in NAMING_MAKERS.items():
        calls[name] = _named(api, name, made, "name")
    return calls


def group_calls(api: Any) -> dict[str, Call]:
    """By name: calls that create or open a group at the root of a store."""
    return {name: _named(api, name, {}, None) for name in GROUP_MAKERS}


def method_calls(group: Any) -> dict[str, Call]:
    """By name: calls that create the array "x" in `group`."""
    calls = {
        name: _named(group, name, made | {"name": "x"}, None) for name, made in METHODS.items()
    }
    if hasattr(group, "create"):
        calls["create"] = _named(group, "create", MADE | {"name": "x"}, None)
    return calls


def group_method_calls(group: Any) -> dict[str, Call]:
    """By name: calls that create the group "g" in `group`."""

    def call_with(name: str) -> Call:
        return lambda **keywords: run(getattr(group, name)("g", **keywords))

    return {name: call_with(name) for name in GROUP_METHODS}


def hierarchy_calls() -> dict[str, Call]:
    """By name: calls that create the array "x" and the group "g" at the root of a store."""
    nodes = {"x": array_metadata(), "g": GroupMetadata()}
    rooted = {"": GroupMetadata(), **nodes}
    calls: dict[str, Call] = {}
    for module in (sync_group, async_groups):
        kind = "sync" if module is sync_group else "async"
        for name in ("create_nodes", "create_hierarchy", "create_rooted_hierarchy"):
            made = {"nodes": rooted if "rooted" in name else nodes}
            calls[f"{kind} {name}"] = _named(module, name, made, None)
    return calls


def nodes_of(result: Any) -> list[Any]:
    """The nodes in the result of a call."""
    if hasattr(result, "engine"):
        return [result]
    return [item[1] if isinstance(item, tuple) else item for item in result]


def _named(owner: Any, name: str, made: dict[str, Any], place: str | None) -> Call:
    def call(path: str | None = None, **keywords: Any) -> Any:
        if place is not None and path is not None:
            keywords[place] = path
        return run(getattr(owner, name)(**(made | keywords)))

    return call
