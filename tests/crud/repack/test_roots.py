"""The places of stores: two stores of one place are found out, before anything is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from obstore import store as obstore_stores

import zarr
from zarr import crud
from zarr.crud import Location
from zarr.crud._repack.places import check_apart
from zarr.crud._repack.roots import root_of
from zarr.crud._stores.location import locate
from zarr.experimental.cache_store import CacheStore
from zarr.storage import (
    FsspecStore,
    LocalStore,
    LoggingStore,
    ManagedMemoryStore,
    MemoryStore,
    ObjectStore,
    WrapperStore,
    ZipStore,
)
from zarr.testing.store import LatencyStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Keywords of its stores come from tables.
obstore: Any = obstore_stores


def fsspec_at(url: str) -> FsspecStore:
    """Return a store of fsspec."""
    return FsspecStore.from_url(url)


LOCAL: dict[str, Callable[[Path], Any]] = {
    "path": str,
    "LocalStore": LocalStore,
    "file": lambda path: fsspec_at(f"file://{path}"),
    "local": lambda path: f"local://{path}",
    "options": lambda path: FsspecStore.from_url(f"file://{path}", {"auto_mkdir": False}),
    "copies": lambda path: fsspec_at(f"simplecache::file://{path}"),
    "obstore": lambda path: obstore.LocalStore(str(path), mkdir=True),
    "cleanup": lambda path: obstore.LocalStore(path, mkdir=True, automatic_cleanup=True),
    "CacheStore": lambda path: CacheStore(LocalStore(path), cache_store=MemoryStore()),
    "LatencyStore": lambda path: LatencyStore(LocalStore(path)),
    "two wrappers": lambda path: LoggingStore(WrapperStore(LocalStore(path))),
}


def ocean(store: Any) -> None:
    """Make a group with two arrays."""
    group = zarr.create_group(store)
    for name in ("deep", "other"):
        group.create_array(name, data=np.arange(10), chunks=3)


def files(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def refused(source: Any, target: Any) -> None:
    """Check that a copy is refused, with and without `overwrite`."""
    for overwrite in (True, False):
        with pytest.raises(crud.InvalidPathError, match="source"):
            crud.copy(source, target, overwrite=overwrite)


@pytest.mark.parametrize("other", LOCAL)
def test_one_folder_in_two_kinds_of_stores(tmp_path: Path, other: str) -> None:
    """Catches a source that `overwrite` deletes because the target reaches it another way."""
    where = tmp_path / "s.zarr"
    ocean(where)
    before = files(where)
    for one, two in (("path", other), (other, "path")):
        for source, target in (("", ""), ("deep", ""), ("", "deep/in")):
            refused(LOCAL[one](where / source), LOCAL[two](where / target))
    assert files(where) == before


def test_a_link_is_the_folder_that_it_leads_to(tmp_path: Path) -> None:
    """Catches names that are compared as texts."""
    ocean(tmp_path / "s.zarr")
    (tmp_path / "link").symlink_to(tmp_path / "s.zarr")
    refused(fsspec_at(f"file://{tmp_path}/link/deep"), tmp_path / "s.zarr")


def test_an_archive_within_the_target(tmp_path: Path) -> None:
    """Catches an archive that is deleted with the folder that it lies in."""
    archive = tmp_path / "d" / "a.zip"
    archive.parent.mkdir()
    with ZipStore(archive, mode="w") as store:
        ocean(store)
    before = archive.read_bytes()
    refused(ZipStore(archive, mode="r"), archive.parent)
    refused(fsspec_at(f"zip://deep::file://{archive}"), archive.parent)
    refused(archive.parent, ZipStore(archive.parent / "new.zip", mode="w"))
    with pytest.raises(crud.InvalidPathError, match="within the target"):
        crud.copy(ZipStore(archive, mode="r"), ZipStore(archive, mode="a"), path="deep")
    assert archive.read_bytes() == before


def test_memory_that_two_stores_share() -> None:
    """Catches a path in memory that is no part of the comparison."""
    whole = ManagedMemoryStore("test-roots")
    ocean(whole)
    before = dict(whole._store_dict)
    refused(ManagedMemoryStore("test-roots", path="deep"), whole)
    refused(whole, ManagedMemoryStore("test-roots", path="deep/in"))
    assert dict(whole._store_dict) == before
    ocean(fsspec_at("memory://test-roots"))
    refused(fsspec_at("memory://test-roots/deep"), fsspec_at("memory://test-roots"))
    refused(fsspec_at("memory://test-roots"), fsspec_at("memory://test-roots/deep/in"))
    assert zarr.open_array(fsspec_at("memory://test-roots/deep"), mode="r")[9] == 9


def buckets(prefix: str) -> list[Any]:
    """Return stores of one service and bucket each, at a prefix."""
    s3 = {"region": "eu-west-1", "skip_signature": True}
    return [
        obstore.S3Store("bucket", prefix=prefix, **s3),
        obstore.S3Store("bucket", prefix=prefix, endpoint="http://localhost:1", **s3),
        obstore.S3Store("other", prefix=prefix, **s3),
        obstore.GCSStore("bucket", prefix=prefix, skip_signature=True),
        obstore.AzureStore("bucket", account_name="a", prefix=prefix, skip_signature=True),
        obstore.AzureStore("bucket", account_name="b", prefix=prefix, skip_signature=True),
        obstore.HTTPStore(f"https://localhost/bucket/{prefix}"),
    ]


def test_prefixes_in_a_bucket() -> None:
    """Catches a prefix that is no part of the comparison, and buckets that are taken for one."""
    whole = [ObjectStore(store) for store in buckets("ocean.zarr")]
    parts = [ObjectStore(store) for store in buckets("ocean.zarr/deep")]
    for number, part in enumerate(parts):
        for place, target in enumerate(whole):
            locations = Location(part, "x"), Location(target, "")
            if number == place:
                with pytest.raises(crud.InvalidPathError, match="within the target"):
                    check_apart(*locations)
            else:
                check_apart(*locations)
    for one, two in zip(whole, (ObjectStore(store) for store in buckets("ocean")), strict=True):
        check_apart(Location(one, ""), Location(two, ""))


def test_credentials_are_no_place() -> None:
    """Catches a bucket that is read without and written with a key."""
    url = "s3://bucket/ocean.zarr"
    source = FsspecStore.from_url(f"{url}/deep", {"anon": True})
    target = FsspecStore.from_url(url, {"key": "a", "secret": "b"})
    elsewhere = FsspecStore.from_url(url, {"endpoint_url": "http://localhost:1"})
    same = ObjectStore(buckets("ocean.zarr")[0])
    for other in (target, same):
        with pytest.raises(crud.InvalidPathError, match="within the target"):
            check_apart(Location(source, ""), Location(other, ""))
    check_apart(Location(source, ""), Location(elsewhere, ""))


def test_places_beside_each_other(tmp_path: Path) -> None:
    """Catches places that only seem to be one."""
    for one in LOCAL.values():
        for two in LOCAL.values():
            check_apart(locate(one(tmp_path / "a"), ""), locate(two(tmp_path / "ab"), ""))
    check_apart(Location(MemoryStore(), ""), Location(fsspec_at("memory://test-roots-b"), ""))
    memory = ObjectStore(obstore.MemoryStore())
    check_apart(Location(memory, "a"), Location(memory, "b"))
    check_apart(Location(memory, ""), Location(ObjectStore(obstore.MemoryStore()), ""))


def test_a_store_that_does_not_tell() -> None:
    """Catches a guess where nothing is known."""

    store: Any = object()
    assert root_of(Location(store, "a")) is None

    class Foreign:
        """What only looks like a file system of fsspec."""

        async_impl = asynchronous = True

    file_system: Any = Foreign()
    assert root_of(Location(FsspecStore(file_system), "a")) is None
