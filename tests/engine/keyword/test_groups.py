"""Groups have an engine, and their members inherit it in every way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.engine.backends import Recording
from tests.engine.entry_points import MADE, VALUES, fill
from zarr import crud
from zarr.core.array_spec import ArrayConfig
from zarr.storage import MemoryStore


@pytest.fixture(params=["plain", "consolidated", "format 2", "consolidated format 2"])
def store(request: pytest.FixtureRequest) -> MemoryStore:
    """A hierarchy whose members can be found in each of zarr's ways."""
    store = MemoryStore()
    fill(store, 2 if "2" in request.param else 3)
    if "consolidated" in request.param:
        if "2" in request.param:
            zarr.consolidate_metadata(store)
        else:
            with pytest.warns(UserWarning, match="Consolidated"):
                zarr.consolidate_metadata(store)
    return store


def _found(group: zarr.Group) -> dict[str, Any]:
    """By way: every node of the hierarchy that the methods of `Group` find."""
    g, x = group["g"], group["x"]
    assert isinstance(g, zarr.Group)
    h = g.get_group("h")
    found: dict[str, Any] = {
        f"members {name}": node for name, node in group.members(max_depth=None)
    }
    found |= {f"arrays {name}": node for name, node in group.arrays()}
    found |= {f"groups {name}": node for name, node in group.groups()}
    found |= dict(zip(["array_values"], g.array_values(), strict=True))
    found |= dict(zip(["group_values"], group.group_values(), strict=True))
    found |= {"g": g, "x": x, "g/h/z": group["g/h/z"], "g.h": h, "g.h.z": h["z"]}
    found |= {"get": group.get("x"), "get_array": g.get_array("h/z")}
    found |= {"require_group": group.require_group("g")}
    required: dict[str, Any] = {"shape": (7, 5), "dtype": "i2"}
    found |= {"require_array": group.require_array("x", **required)}
    found |= {"with a config": group.require_array("x", **required, config={"order": "F"})}
    found |= {"iterated": g[next(iter(g))]}
    return found


def test_every_route_to_a_member_gives_the_engine_of_the_group(
    store: MemoryStore, engine: str
) -> None:
    """Catches a way to a member that constructs nodes by itself, without the engine."""
    found = _found(zarr.open_group(store, engine=engine))
    assert len(found) == 20
    assert {name: node.engine for name, node in found.items()} == dict.fromkeys(found, engine)
    found = _found(zarr.open_group(store))
    assert {node.engine for node in found.values()} == {"zarr"}


async def test_every_asynchronous_route_gives_the_engine_of_the_group(
    store: MemoryStore, engine: str
) -> None:
    """Catches a method of `AsyncGroup`, which other classes call, without the engine."""
    group = await zarr.api.asynchronous.open_group(store, engine=engine)
    nodes: list[Any] = [node async for _, node in group.members(max_depth=None)]
    nodes += [node async for _, node in group.arrays()]
    nodes += [node async for node in group.array_values()]
    nodes += [node async for _, node in group.groups()]
    nodes += [await group.getitem("g/h/z"), await group.get("x"), await group.get_array("x")]
    nodes += [await (await group.get_group("g")).getitem("h"), *await group.require_groups("g")]
    assert len(nodes) == 13
    assert {node.engine for node in nodes} == {engine}


def test_the_engine_of_a_group_reads_and_writes(store: MemoryStore) -> None:
    """Catches an engine that is only displayed."""
    backend = Recording()
    group = zarr.open_group(store, engine=backend)
    assert group.engine == "recording"
    group.get_array("g/y")[0, 0] = 9
    assert group.get_array("g/y")[0, 0] == 9
    assert backend.verbs == ["write_region", "read_region"]


def test_assignment_writes_with_the_engine_of_the_group(store: MemoryStore) -> None:
    """Catches a `group[name] = values` without the engine, or with another document."""
    backend = Recording()
    zarr.open_group(store)["plain"] = VALUES
    group = zarr.open_group(store, engine=backend)
    for _ in range(2):
        group["engine"] = VALUES
    assert backend.verbs == ["write_region"] * 2
    group = zarr.open_group(store, use_consolidated=False)
    assert np.array_equal(np.asarray(group["engine"]), VALUES)
    plain, written = group.get_array("plain"), group.get_array("engine")
    assert plain.metadata == written.metadata


@pytest.mark.parametrize("asked", ["zarr", "auto", "reference", "zarrs"])
def test_the_callers_choice_goes_before_the_groups(asked: str) -> None:
    """Catches a group's engine that overrides that of a keyword, a dict, or a config object."""
    group = zarr.open_group(MemoryStore(), engine="zarrs" if asked == "reference" else "reference")
    assert group.create_array("a", **MADE, engine=asked).engine == asked
    assert group.create_array("b", **MADE, config={"engine": asked}).engine == asked
    assert group.require_array("a", **MADE, config={"engine": asked}).engine == asked
    config = ArrayConfig("F", write_empty_chunks=False, engine=asked)
    made = group.create_array("c", **MADE, config=config)
    assert made.order == "F"
    # The default of a config object means nothing: objects cannot omit the engine.
    assert made.engine == (group.engine if asked == "zarr" else asked)
    with pytest.raises(ValueError, match="pass one"):
        group.create_array("d", **MADE, engine="zarrs", config={"engine": "reference"})
    assert "d" not in group


def test_a_config_without_an_engine_keeps_the_groups(engine: str) -> None:
    """Catches a config without an engine, as xarray passes it, that removes the group's."""
    group = zarr.open_group(MemoryStore(), engine=engine)
    for make in (group.create_array, group.create, group.require_array):
        array = make(
            "x",
            **(MADE | ({} if make == group.require_array else {"overwrite": True})),
            config={"write_empty_chunks": True, "order": "F"},
        )
        assert (array.engine, array.order, array.config.write_empty_chunks) == (engine, "F", True)


def test_an_array_that_the_engine_does_not_serve_is_listed_and_refused_when_read() -> None:
    """Catches an unserved array that hides its siblings, or that another engine reads."""
    store = MemoryStore()
    root = zarr.open_group(store, engine="reference")
    crud.create({**SERVED_BY_NOBODY}, store, path="odd")
    root.create_array("x", **MADE)
    assert sorted(root) == ["odd", "x"]
    assert "odd" in str(root.tree())
    odd = root.get_array("odd")
    assert odd.engine == "reference"
    with pytest.raises(crud.UnsupportedError, match="codec"):
        odd[...]
    required: dict[str, Any] = {"shape": odd.shape, "dtype": odd.dtype}
    assert root.require_array("odd", **required).engine == "reference"
    with pytest.raises(crud.UnsupportedError, match="codec"):
        root.require_array("odd", **required, engine="reference")
    assert root.require_array("odd", **required, engine="zarr").engine == "zarr"
