"""Ranges, and many regions in one call, over the network, in archives, and through the bridge."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.remote import stores
from tests.remote.server import Reply, Request
from tests.remote.test_differential import ARRAYS, SHAPE, values
from zarr import crud
from zarr.crud import Ranges
from zarr.storage import MemoryStore, ObjectStore, ZipStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remote.server import Server

pytestmark = pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed` codec")

WAYS = ["s3", "http", "bridge", "zip"]

RANGES: list[tuple[Any, Any]] = [
    ([slice(20, 23), slice(0, 7), slice(5, 5), slice(1, 2)], slice(2, 15)),
    (slice(1, 20, 3), [slice(15, 17), slice(0, 2)]),
    (Ranges([9, 0], [23, 4]), [16, 0, 16]),
    ([slice(0, 6, 2), slice(22, 10, -5)], 3),
    (Ranges([], []), slice(None)),
]

BOXES: list[Any] = [
    (slice(0, 6), slice(3, 9)),
    (22, 16),
    (slice(20, 1, -4), slice(None)),
    (5, slice(0, 17)),
    (slice(4, 4), 0),
]


def places(chosen: Any, length: int) -> Any:
    """Return the positions that a part of a selection means, or the integer itself."""
    if isinstance(chosen, Ranges):
        chosen = [slice(*pair) for pair in zip(chosen.starts, chosen.stops, strict=True)]
    if isinstance(chosen, slice):
        chosen = [chosen]
    if isinstance(chosen, list) and all(isinstance(one, slice) for one in chosen):
        parts = [np.arange(length)[one] for one in chosen]
        return np.concatenate(parts) if parts else np.zeros(0, int)
    return chosen


def selected(data: Any, selection: tuple[Any, Any]) -> Any:
    """Return what NumPy has at an orthogonal selection."""
    rows, columns = (places(one, n) for one, n in zip(selection, SHAPE, strict=True))
    return data[rows][..., columns]


def written(server: Server, tmp_path: Path, way: str, path: str, **keywords: Any) -> Any:
    """Write an array; return its document, and a store to read it from."""
    data = values(keywords["dtype"])
    if way == "zip":
        with ZipStore(tmp_path / f"{path}.zip", mode="w") as archive:
            zarr.create_array(archive, name=path, shape=SHAPE, **keywords)[...] = data
        store: Any = ZipStore(tmp_path / f"{path}.zip", mode="r")
    else:
        made = ObjectStore(stores.s3(server))
        zarr.create_array(made, name=path, shape=SHAPE, **keywords)[...] = data
        inner = stores.http(server) if way == "http" else stores.s3(server)
        store = stores.Bridged(inner) if way == "bridge" else ObjectStore(inner)
    return crud.read_metadata(store, path=path), store, data


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("way", WAYS)
def test_ranges_are_read_from_any_store(
    server: Server, tmp_path: Path, way: str, name: str
) -> None:
    """Catches runs that are joined over a gap, or lost at the border of a chunk or subchunk."""
    document, store, data = written(server, tmp_path, way, "a", **ARRAYS[name])
    for selection in RANGES:
        found = crud.read_region(document, store, selection, kind="orthogonal", engine="zarrs")
        expected = selected(data, selection)
        assert found.shape == expected.shape
        assert np.array_equal(found, expected), selection


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("way", WAYS)
async def test_many_regions_are_read_from_any_store(
    server: Server, tmp_path: Path, way: str, name: str
) -> None:
    """Catches elements of one request in the result of another; a twin that differs."""
    document, store, data = written(server, tmp_path, way, "a", **ARRAYS[name])
    requests: list[Any] = [(document, store, box) for box in BOXES]
    requests += [(document, store, chosen, None, None, "orthogonal") for chosen in RANGES]
    expected = [data[box] for box in BOXES] + [selected(data, chosen) for chosen in RANGES]
    together = crud.read_regions(requests, engine="zarrs")
    awaited = await crud.read_regions_async(requests, engine="zarrs")
    for found in (together, awaited):
        for one, other in zip(found, expected, strict=True):
            assert np.shape(one) == np.shape(other)
            assert np.array_equal(one, other)


@pytest.mark.parametrize("name", ["default codecs", "shards", "strings", "format 2, big-endian"])
@pytest.mark.parametrize("way", ["s3", "bridge"])
def test_many_regions_and_ranges_are_written(
    server: Server, tmp_path: Path, way: str, name: str
) -> None:
    """Catches a value in the place of another, and neighbours that a write changes."""
    document, store, data = written(server, tmp_path, way, "a", **ARRAYS[name])
    expected = data.copy()
    other = data[::-1, ::-1].copy()
    rows = places(RANGES[0][0], SHAPE[0])
    expected[np.ix_(rows, np.arange(2, 15))] = other[np.ix_(rows, np.arange(2, 15))]
    expected[0:6, 3:9], expected[5] = other[0:6, 3:9], other[5]
    crud.write_regions(
        [
            (document, store, RANGES[0], None, None, "orthogonal"),
            (document, store, BOXES[0]),
            (document, store, BOXES[3]),
        ],
        [other[np.ix_(rows, np.arange(2, 15))], other[0:6, 3:9], other[5]],
        engine="zarrs",
    )
    assert np.array_equal(crud.read_region(document, store, engine="reference"), expected)


def counted(server: Server, call: Callable[[], object]) -> Counter[tuple[str, str | None]]:
    """Return how often each part of each value is asked for."""
    server.reset()
    call()
    assert not server.gets("HEAD")
    return Counter((request.path, request.headers.get("range")) for request in server.gets())


@pytest.mark.parametrize("protocol", ["s3", "http"])
@pytest.mark.parametrize("name", ["default codecs", "raw", "shards", "compressed shards"])
def test_a_chunk_of_many_requests_is_asked_for_once(
    server: Server, tmp_path: Path, protocol: str, name: str
) -> None:
    """Catches a request for each of the regions that touch a chunk."""
    document, store, _ = written(server, tmp_path, protocol, "a", **ARRAYS[name])
    requests = [(document, store, (row, slice(None))) for row in range(SHAPE[0])]
    found = counted(server, lambda: crud.read_regions(requests, engine="zarrs", detached=True))
    alone = counted(server, lambda: crud.read_region(document, store, engine="zarrs"))
    assert set(found.values()) == {1}
    assert len(found) <= len(alone) + document_requests(alone)


def document_requests(found: Counter[tuple[str, str | None]]) -> int:
    """Return the number of requests that are for no chunk."""
    return sum("zarr.json" in path for path, _ in found)


def test_requests_for_several_arrays_are_in_flight_together(server: Server, tmp_path: Path) -> None:
    """Catches arrays that are read one after the other, each with its own waits."""
    asked: list[Any] = []
    for number, name in enumerate(["raw", "shards", "default codecs"]):
        asked.append(written(server, tmp_path, "s3", f"a{number}", **ARRAYS[name]))
    store = asked[0][1]
    requests = [(document, store, (slice(0, 4), slice(0, 2))) for document, _, _ in asked]
    server.reset()
    server.latency = 0.2
    found = crud.read_regions(requests, engine="zarrs", detached=True)
    server.latency = 0.0
    assert server.most_in_flight >= 3
    for one, (_, _, data) in zip(found, asked, strict=True):
        assert np.array_equal(one, data[0:4, 0:2])


@pytest.mark.parametrize("way", ["s3", "http", "bridge"])
def test_a_refused_chunk_names_its_requests_and_spares_the_others(
    server: Server, tmp_path: Path, way: str
) -> None:
    """Catches fill values for a chunk that may not be read, or an error that names no request."""
    first = written(server, tmp_path, way, "a", **ARRAYS["default codecs"])
    second = written(server, tmp_path, way, "b", **ARRAYS["default codecs"])

    def gate(request: Request) -> Reply | None:
        return Reply(403, b"<Code>AccessDenied</Code>") if "/b/c/1/" in request.path else None

    server.gate = gate
    out = [np.full((2, 17), -7.0) for _ in range(4)]
    requests: list[Any] = [(document, store, slice(0, 2)) for document, store, _ in (first, second)]
    requests += [(document, store, slice(5, 7)) for document, store, _ in (first, second)]
    with pytest.raises(Exception, match="b/c/1/") as caught:
        crud.read_regions(requests, out=out, engine="zarrs", detached=True)
    assert caught.value.__notes__[-1] == "in request 3"
    assert (out[3] == -7.0).all()
    server.gate = None
    assert np.array_equal(
        crud.read_regions(requests, engine="zarrs", detached=True)[3], second[2][5:7]
    )


def test_arrays_of_stores_of_each_kind_are_read_by_one_call(server: Server, tmp_path: Path) -> None:
    """Catches results in the order of the stores instead of that of the requests."""
    asked = [written(server, tmp_path, way, way, **ARRAYS["shards"]) for way in WAYS]
    memory = MemoryStore()
    data = values("i2")
    array = zarr.create_array(memory, data=data, chunks=(5, 4))
    asked.append((array.metadata, memory, data))
    asked.append(written(server, tmp_path, "s3", "more", **ARRAYS["default codecs"]))
    requests = [(document, store, (slice(2, 21), 3)) for document, store, _ in asked * 2]
    found = crud.read_regions(requests, engine="zarrs", detached=True)
    for one, (_, _, whole) in zip(found, asked * 2, strict=True):
        assert np.array_equal(one, whole[2:21, 3])
