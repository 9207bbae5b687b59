"""Nodes from their stored documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from zarr._engine.nodes.documents import Stored, node_of, read_each
from zarr._engine.nodes.requests import requests_to
from zarr.core.buffer import cpu
from zarr.core.sync import sync
from zarr.storage import MemoryStore, StorePath

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.core.buffer import Buffer


class Counting:
    """Requests to a store in memory, with what was asked for together."""

    def __init__(self, store: MemoryStore) -> None:
        self._requests = sync(requests_to(store, "", "zarrs"))
        self.asked: list[list[str]] = []

    async def names(self, paths: Sequence[str]) -> Any:
        return await self._requests.names(paths)

    async def values(self, keys: Sequence[str]) -> list[Buffer | None]:
        self.asked.append(sorted(keys))
        return await self._requests.values(keys)


def hierarchy(zarr_format: Any) -> tuple[MemoryStore, list[StorePath]]:
    """Two arrays, a group, and a name without documents."""
    store = MemoryStore()
    group = zarr.create_group(store, zarr_format=zarr_format)
    for name in "ab":
        group.create_array(name, shape=7, dtype="i2", attributes={"n": name})
    group.create_group("g", attributes={"n": "g"})
    return store, [StorePath(store, name) for name in ("a", "none", "g", "b")]


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("limit", [4, 128])
def test_documents_become_the_nodes_of_their_places(zarr_format: Any, limit: int) -> None:
    """Catches documents of another node, or of another name."""
    store, places = hierarchy(zarr_format)
    with zarr.config.set({"array.requests_in_flight": limit}):
        stored = sync(read_each(Counting(store), places, zarr_format))
    with pytest.raises(FileNotFoundError, match="none"):
        node_of(places[1], stored[1], zarr_format, "zarrs")
    for place, documents in zip(places, stored, strict=True):
        if place.path != "none":
            node = node_of(place, documents, zarr_format, "zarrs")
            expected: Any = zarr.open_group(store, mode="r")[place.path]
            assert node.metadata == expected.metadata
            assert node.attrs == {"n": place.path}
            assert node.store_path == place


@pytest.mark.parametrize(("limit", "count"), [(128, [12]), (11, [8, 2])])
def test_few_documents_of_format_2_take_one_round_trip_and_many_fewer_requests(
    limit: int, count: list[int]
) -> None:
    """Catches a round trip too many for few nodes, or requests that are needless for many."""
    store, places = hierarchy(2)
    counting = Counting(store)
    with zarr.config.set({"array.requests_in_flight": limit}):
        sync(read_each(counting, places, 2))
    assert [len(keys) for keys in counting.asked] == count
    assert sync(read_each(counting, [], 2)) == []
    assert len(counting.asked) == len(count)


def test_documents_of_format_3_take_one_request_each() -> None:
    """Catches requests for documents of another format."""
    store, places = hierarchy(3)
    counting = Counting(store)
    sync(read_each(counting, places, 3))
    assert counting.asked == [[f"{name}/zarr.json" for name in ("a", "b", "g", "none")]]


def test_an_array_has_precedence_over_a_group_in_its_place() -> None:
    """Catches a node of another type than the one that upstream opens."""
    store, places = hierarchy(2)
    (stored,) = sync(read_each(Counting(store), places[:1], 2))
    group = cpu.Buffer.from_bytes(json.dumps({"zarr_format": 2}).encode())
    both = Stored(stored.zarr_json, stored.zarray, group, stored.zattrs)
    assert node_of(places[0], both, 2, "zarrs").shape == (7,)
