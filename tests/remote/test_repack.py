"""Repacks between object stores, directories, memory and ZIP archives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import obstore.store
import pytest

import zarr
from tests.crud.repack.cases import assert_elements, make
from tests.remote import stores
from tests.remote.server import Reply
from zarr import crud
from zarr.storage import LocalStore, MemoryStore, ObjectStore, ZipStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.server import Request, Server

WAYS: list[dict[str, Any]] = [{}, {"shards": (6, 4)}, {"chunks": (2, 5)}]


def object_store(kind: str, server: Server) -> Any:
    if kind == "s3":
        return stores.native(server)
    if kind == "bridged":
        return stores.Bridged(stores.s3(server))
    return ObjectStore(obstore.store.MemoryStore())


@pytest.mark.parametrize("kind", ["s3", "bridged", "memory"])
@pytest.mark.parametrize("number", range(3))
def test_object_stores_are_sources_and_targets(
    kind: str, number: int, server: Server, tmp_path: Path
) -> None:
    """Catches a way that needs a file, or a value that arrives in part."""
    local, remote = LocalStore(tmp_path), object_store(kind, server)
    expected = make("3", local, "", sparse=False)
    up = crud.repack(local, remote, target_path="g/a", verify=True, **WAYS[number])
    assert up.ok
    assert_elements(remote, expected, "g/a")
    back = MemoryStore()
    wanted: dict[str, Any] = {"shards": False} if number == 1 else {}
    down = crud.repack(remote, back, path="g/a", verify=True, **wanted)
    assert down.arrays[0].way == ("regrouped" if number == 1 else "copied")
    assert_elements(back, expected, "")
    assert crud.repack(remote, back, path="g/a", resume=True, **wanted).arrays[0].written == 0


@pytest.mark.parametrize("kind", ["s3", "memory"])
def test_a_plan_knows_the_sizes_in_an_object_store(kind: str, server: Server) -> None:
    """Catches a plan of many terabytes that does not say how many."""
    held, remote = MemoryStore(), object_store(kind, server)
    make("3", held, "")
    crud.copy(held, remote, target_path="g/a")
    plan = crud.repack_plan(remote, MemoryStore(), path="g/a")
    stored = [len(value) for key, value in held._store_dict.items() if key.startswith("c/")]
    assert plan.bytes_moved == sum(stored)


def test_a_large_shard_is_read_in_one_request(server: Server) -> None:
    """Catches an index and subchunks of two versions of a shard."""
    remote, target = object_store("s3", server), MemoryStore()
    values = np.arange(1 << 18, dtype="i8").reshape(512, 512)
    zarr.create_array(remote, data=values, chunks=(128, 512), shards=(512, 512), compressors=None)
    server.requests.clear()
    assert crud.repack(remote, target, shards=False).arrays[0].way == "regrouped"
    gets = [request for request in server.gets() if request.path.endswith("c/0/0")]
    assert ["Range" in request.headers for request in gets] == [False]
    assert np.array_equal(zarr.open_array(target)[...], values)


def test_a_server_that_fails_half_way_can_be_resumed(server: Server) -> None:
    """Catches a target that is lost because of one answer of a server."""
    source, target = MemoryStore(), stores.native(server)
    expected = make("3", source, "", sparse=False)

    def refuse(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path.endswith("c/2/1"):
            return Reply(403, b"no")
        return None

    server.gate = refuse
    with pytest.raises(Exception, match=r"c/2/1") as caught:
        crud.copy(source, target)
    assert any("resume=True" in note for note in caught.value.__notes__)
    server.gate = None
    with pytest.raises(zarr.errors.NodeNotFoundError):
        crud.read_metadata(target)
    assert crud.copy(source, target, resume=True, verify=True).ok
    assert_elements(target, expected, "")


@pytest.mark.parametrize("number", range(3))
def test_a_zip_archive_is_a_source_and_a_target(number: int, tmp_path: Path) -> None:
    """Catches an archive that cannot be read, or that has no end."""
    source = MemoryStore()
    expected = make("3", source, "", sparse=False)
    with ZipStore(tmp_path / "a.zip", mode="w") as archive:
        crud.repack(source, archive, **WAYS[number])
    target = LocalStore(tmp_path / "t")
    with ZipStore(tmp_path / "a.zip", mode="r") as archive:
        assert crud.copy(archive, target, verify=True).ok
    assert_elements(target, expected, "")
