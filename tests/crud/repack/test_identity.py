"""What tells sources apart."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import obstore
import pytest

from zarr.crud import Location
from zarr.crud._repack.identity import identity_of
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore, ZipStore

if TYPE_CHECKING:
    from pathlib import Path


def test_objects_for_one_place_are_one_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a repack that the same call in a later process cannot complete."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    held: dict[str, Any] = {}
    s3: dict[str, Any] = {"region": "x", "access_key_id": "A", "secret_access_key": "S"}
    pairs = [
        (Location(LocalStore(tmp_path / "s"), "a"), Location(LocalStore("s/a"), "")),
        (Location(LocalStore("s"), ""), Location(LocalStore(tmp_path / "link" / "s"), "")),
        (Location(ZipStore("s.zip"), "a"), Location(ZipStore(tmp_path / "s.zip"), "a")),
        (Location(MemoryStore(held), ""), Location(MemoryStore(held), "")),
        (
            Location(ObjectStore(obstore.store.S3Store("b", **s3)), ""),
            Location(ObjectStore(obstore.store.S3Store("b", **{**s3, "access_key_id": "B"})), ""),
        ),
        (
            Location(FsspecStore.from_url("memory://b"), ""),
            Location(FsspecStore.from_url("memory://b"), ""),
        ),
    ]
    for one, other in pairs:
        assert identity_of(one) == identity_of(other)
        assert identity_of(one) != identity_of(Location(one.store, "b"))


def test_other_places_are_other_sources(tmp_path: Path) -> None:
    """Catches chunks of two sources in one target."""
    stores = [
        *(MemoryStore(), MemoryStore(), LocalStore(tmp_path), LocalStore(tmp_path / "s")),
        *(ObjectStore(obstore.store.MemoryStore()), ObjectStore(obstore.store.MemoryStore())),
        *(FsspecStore.from_url("memory://b"), FsspecStore.from_url("memory://c")),
    ]
    found = [identity_of(Location(store, "")) for store in stores]
    assert len({tuple(each) for each in found}) == len(stores)
    assert os.path.realpath(tmp_path) in found[2]
