"""`doctor` reads and changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.doctor.arrays import ragged
from tests.remote import stores
from tests.remote.fixtures import no_environment, server
from zarr import crud
from zarr.errors import NodeNotFoundError, NodeTypeValidationError
from zarr.storage import LocalStore, MemoryStore, ZipStore

__all__ = ["no_environment", "server"]

QUICK: Any = {"max_seconds": 60}
VALUES = np.arange(35).reshape(7, 5)


@pytest.mark.parametrize("members", [
    {}, {"shards": (6, 4)}, {"zarr_format": 2}, {"dtype": ">f4", "zarr_format": 2},
    {"fill_value": float("nan"), "dtype": "f8"},
])  # fmt: skip
def test_every_layout_is_examined(tmp_path: Path, members: Any) -> None:
    """Catches a layout that ends with an exception, or that an engine reads differently."""
    dtype = members.pop("dtype", "i4")
    values = VALUES.astype(dtype)
    zarr.create_array(LocalStore(tmp_path), data=values, chunks=(3, 2), **members)
    report = crud.doctor(tmp_path, **QUICK)
    assert report.ok
    assert {way.name for way in report.ways if way.same} >= {"zarr, fused", "reference", "zarrs"}
    assert len(str(report).splitlines()) <= 40


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("values", [
    np.array(["a", "", "\u00e9"], dtype=object), np.array(7.0), np.zeros((0, 3)),
])  # fmt: skip
def test_unusual_elements_are_examined(values: Any) -> None:
    """Catches text, rank 0 or no elements."""
    store, given = MemoryStore(), {"dtype": str} if values.dtype.hasobject else {}
    array = zarr.create_array(store, shape=values.shape, dtype=given.get("dtype", values.dtype))
    if values.size:
        array[...] = values
    assert crud.doctor(store, **QUICK).ok


def test_nothing_is_written(tmp_path: Path, server: Any) -> None:
    """Catches a change of the store: a file, its time, or a request that changes something."""
    zarr.create_array(LocalStore(tmp_path / "a"), data=VALUES, chunks=(3, 2))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    crud.doctor(tmp_path / "a", **QUICK)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    stores.make(server)
    server.reset()
    report = crud.doctor(stores.native(server), **QUICK)
    assert report.ok
    assert {one.method for one in server.requests} <= {"GET", "HEAD"}


def test_an_archive_and_a_path_are_examined(tmp_path: Path) -> None:
    """Catches a path that is lost on the way to an engine."""
    with ZipStore(tmp_path / "a.zip", mode="w") as store:
        zarr.create_group(store).create_array("x", data=VALUES, chunks=(3, 2))
    # Older releases of zarr read only an archive that was opened.
    with zarr.open_group(ZipStore(tmp_path / "a.zip", mode="r"), mode="r").store as store:
        report = crud.doctor(store, path="x", **QUICK)
    assert report.ok
    assert report.shape == (7, 5)


def test_a_selection_is_what_is_read() -> None:
    """Catches another part than the caller's."""
    report = crud.doctor(ragged().location.store, (slice(1, 3), 2), **QUICK)
    assert (report.sample, report.nbytes) == ("1:3, 2:3", 16)


def test_damage_is_told_of_each_way() -> None:
    """Catches an exception instead of a report."""
    array = ragged()
    crud.write_encoded_chunk(array.document, array.location.store, (1, 1), b"damaged")
    report = crud.doctor(array.location.store, **QUICK)
    assert all(way.seconds is None for way in report.ways)
    reasons = {way.name: way.reason for way in report.ways}
    assert "c/1/1" in str(reasons["zarrs"])
    assert not report.ok


def test_what_is_no_array_is_refused() -> None:
    """Catches a report about nothing."""
    store = MemoryStore()
    zarr.create_group(store)
    with pytest.raises(NodeTypeValidationError):
        crud.doctor(store)
    with pytest.raises(NodeNotFoundError):
        crud.doctor(store, path="none")


def test_a_large_chunk_is_not_read() -> None:
    """Catches a chunk of more memory than allowed."""
    report = crud.doctor(ragged().location.store, max_bytes=10)
    assert report.sample is None
    assert report.risks[0].kind == "not-read"
