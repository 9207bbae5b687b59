"""Archives as other programs write them: sound ones have no findings, and copies compare equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import icechunk
import numpy as np
import pytest

import zarr
from tests.ecosystem.test_xarray import ENCODING, dataset
from zarr import crud
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.filterwarnings("ignore:Consolidated metadata"),
    pytest.mark.filterwarnings("ignore:The data type"),
]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_archives_of_xarray_are_sound_and_equal_in_both_formats(
    tmp_path: Path, zarr_format: Any
) -> None:
    """Catches a finding about what xarray writes, or a digest that depends on the format."""
    dataset().to_zarr(tmp_path / "a", encoding=ENCODING, zarr_format=zarr_format)
    report = crud.verify(tmp_path / "a", level="decode", digest=True)
    assert report.ok, str(report)
    assert {one.kind for one in report.findings} <= {"missing-chunks"}
    other: Any = {"air": {"chunks": (7, 1)}, "packed": ENCODING["packed"]}
    dataset().to_zarr(tmp_path / "b", encoding=other, zarr_format=5 - zarr_format)
    digests = {array.path: array.digest for array in report.arrays}
    again = crud.verify(tmp_path / "b", digest=True)
    assert {array.path: array.digest for array in again.arrays} == digests
    differences = crud.compare(tmp_path / "a", tmp_path / "b", level="elements").differences
    assert {one.kind for one in differences} <= {"encoding", "attributes", "fill-value"}
    assert {one.path for one in differences if one.kind == "encoding"} == set(digests)


def images(store: Any, zarr_format: Any) -> None:
    """An image at three resolutions, in groups with the metadata of OME-Zarr."""
    image = np.arange(2 * 64 * 64, dtype="u2").reshape(2, 64, 64)
    datasets = [{"path": str(level)} for level in range(3)]
    multiscales = [{"name": "image", "axes": ["c", "y", "x"], "datasets": datasets}]
    root = zarr.create_group(
        store, zarr_format=zarr_format, attributes={"multiscales": multiscales}
    )
    key: Any = {"name": "v2", "separator": "/"} if zarr_format == 2 else None
    for level in range(3):
        root.create_array(
            str(level), data=image[:, :: 2**level, :: 2**level], chunks=(1, 32, 32),
            chunk_key_encoding=key,
        )  # fmt: skip
    labels = root.create_group("labels", attributes={"labels": ["cells"]})
    labels.create_array("cells/0", data=image[0] > 5, chunks=(32, 32), chunk_key_encoding=key)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_images_at_several_resolutions_are_verified(zarr_format: Any) -> None:
    """Catches chunks with slashes in format 2 that are no chunks, or levels named by numbers."""
    store = MemoryStore()
    images(store, zarr_format)
    report = crud.verify(store, level="decode")
    assert report.findings == ()
    assert [array.path for array in report.arrays] == ["0", "1", "2", "labels/cells/0"]
    assert report.groups == ("", "labels", "labels/cells")
    copy = MemoryStore(dict(store._store_dict))
    document = crud.read_metadata(copy, path="1")
    crud.write_region(document, copy, (1, 3, 4), 0)
    (found,) = crud.compare(store, copy, level="elements").differences
    assert (found.path, found.positions) == ("1", ((1, 3, 4),))


def test_a_session_of_icechunk_is_verified(tmp_path: Path) -> None:
    """Catches a store that tells sizes only one by one, and only asynchronously."""
    storage = icechunk.local_filesystem_storage(str(tmp_path))
    repository = icechunk.Repository.create(storage)
    session = repository.writable_session("main")
    images(session.store, 3)
    session.commit("images")
    store = repository.readonly_session("main").store
    report = crud.verify(store, digest=True)
    assert report.findings == ()
    other = MemoryStore()
    images(other, 3)
    assert crud.compare(store, other).differences == ()
    found = crud.layout(crud.read_metadata(store, path="0"), store)
    assert found.stored_chunks == 8
