"""How `zarr.open` looks for a node."""

from __future__ import annotations

import asyncio
import warnings
from collections import Counter
from typing import Any

import pytest

import zarr
from tests.engine.nodes.slow_stores import RoundStore
from tests.engine.upstreams_answer import outcome
from zarr.core.buffer import cpu
from zarr.core.sync import sync
from zarr.storage import MemoryStore, StorePath

NAMES = ("zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata")


def nodes() -> dict[str, bytes]:
    """Arrays and groups of both formats, and one that is both."""
    store = MemoryStore()
    for zarr_format in (2, 3):
        group = zarr.create_group(store, path=f"g{zarr_format}", zarr_format=zarr_format)
        group.create_array("a", shape=7, dtype="i2", attributes={"n": 1})
        with warnings.catch_warnings(action="ignore"):
            zarr.consolidate_metadata(store, path=f"g{zarr_format}")
    zarr.create_group(store, path="both", zarr_format=2)
    zarr.create_group(store, path="both", zarr_format=3)
    sync(store.set("damaged/zarr.json", cpu.Buffer.from_bytes(b"{")))
    return {key: value.to_bytes() for key, value in store._store_dict.items()}


STORED = nodes()


def filled() -> RoundStore:
    """A store that waits, with the nodes."""
    store = RoundStore()
    for key, value in STORED.items():
        store._store_dict[key] = cpu.Buffer.from_bytes(value)
    return store


def shown(node: Any) -> Any:
    """What a node tells of itself."""
    inner = getattr(node, "_async_array", getattr(node, "_async_group", node))
    path = node.store_path
    return (type(node), type(inner), type(path), path.path, repr(node.metadata), node.name)


@pytest.mark.parametrize("path", ["g2", "g3", "g2/a", "g3/a", "both", "damaged", "none", None])
@pytest.mark.parametrize("mode", [None, "r", "r+", "a", "w", "w-", "x"])
@pytest.mark.parametrize("zarr_format", [None, 2, 3])
def test_what_is_opened_is_upstreams(path: str | None, mode: Any, zarr_format: Any) -> None:
    """Catches another node, error or warning, or a document that is written or not."""
    found: list[Any] = []
    for engine in ("zarr", "zarrs"):
        store = filled()
        options = {"path": path, "mode": mode, "zarr_format": zarr_format, "engine": engine}
        opened = outcome(lambda store=store, options=options: shown(zarr.open(store, **options)))  # type: ignore[misc]
        error = opened.error and (opened.error[0], opened.error[1].replace(str(store), "store"))
        found.append((opened.result, error, opened.warned, sorted(store._store_dict)))
        found[-1][2][:] = [(one[0], one[1].replace(str(store), "store")) for one in opened.warned]
    assert found[0] == found[1]


@pytest.mark.parametrize("path", ["g2", "g3", "g2/a", "g3/a", "none"])
@pytest.mark.parametrize("zarr_format", [None, 3])
def test_one_open_waits_once(path: str, zarr_format: Any) -> None:
    """Catches documents that are requested after others, or twice."""
    store = filled()
    outcome(lambda: zarr.open(store, path=path, mode="r+", zarr_format=zarr_format, engine="zarrs"))
    names = NAMES if zarr_format is None else NAMES[:1]
    assert Counter(store.keys) == Counter(f"{path}/{name}" for name in names)
    assert store.rounds == 1


def test_the_place_of_the_node_is_an_ordinary_one() -> None:
    """Catches a node whose documents are never read again."""
    store = filled()
    group: Any = zarr.open(StorePath(store, "g3"), mode="r+", engine="zarrs")
    assert type(group.store_path) is StorePath
    group.update_attributes({"new": 1})
    again: Any = zarr.open(store, path="g3", mode="r+", engine="zarrs")
    assert again.attrs["new"] == 1
    assert group["a"].engine == "zarrs"


def test_an_error_of_the_store_leaves_no_request() -> None:
    """Catches requests that go on after an open has failed, or another error than the store's."""
    failure = PermissionError("no")

    class Failing(RoundStore):
        async def get(self, key: str, *args: Any, **options: Any) -> Any:
            if key.endswith(".zarray"):
                raise failure
            return await super().get(key, *args, **options)

    store = Failing()

    async def run() -> set[Any]:
        with pytest.raises(PermissionError) as found:
            await zarr.api.asynchronous.open(store=store, mode="r+", engine="zarrs")
        assert found.value is failure
        await asyncio.sleep(0)
        return {task for task in asyncio.all_tasks() if "_answer" not in repr(task)}

    assert len(asyncio.run(run())) == 1
    assert store.waiting == 0
