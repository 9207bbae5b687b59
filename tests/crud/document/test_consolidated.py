"""Documents of a group's members, from the copies that the group keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import zarr
from zarr import crud
from zarr.crud.testing import CountingStore
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    pass


@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not")
def test_consolidated_metadata_is_believed(engine: str) -> None:
    """Catches more than one request, which consolidated metadata is there to avoid."""
    store = CountingStore()
    group = zarr.open_group(store)
    group.create_array("x", shape=(7,), dtype="i2")
    group.create_array("y/deeper", shape=(7,), dtype="i2")
    zarr.consolidate_metadata(store)
    store.calls.clear()
    children = crud.list_children(store, engine=engine)
    assert [(path, child["node_type"]) for path, child in children] == [
        ("x", "array"), ("y", "group"),
    ]  # fmt: skip
    assert store.calls == [("get", "zarr.json")]


def test_consolidated_metadata_of_format_2_is_believed(engine: str) -> None:
    """Catches consolidated metadata of format 2 that is ignored, or that lacks deeper members."""
    store = CountingStore()
    group = zarr.open_group(store, zarr_format=2)
    group.create_array("x", shape=(7,), dtype="i2", attributes={"units": "m"})
    group.create_array("y/deeper", shape=(7,), dtype="i2")
    zarr.consolidate_metadata(store, zarr_format=2)
    expected = crud.read_metadata(store, path="x")
    store.calls.clear()
    children = crud.list_children(store, engine=engine)
    assert [(path, child.node_type) for path, child in children] == [("x", "array"), ("y", "group")]
    assert children[0][1] == expected
    assert {name for call, name in store.calls if call != "get"} == set()
    assert ("get", ".zmetadata") in store.calls
    assert ("get", "x/.zarray") not in store.calls


@pytest.mark.parametrize("text", [b"[]", b"{}", b'{"zarr_consolidated_format": 2, "metadata": {}}'])
def test_damaged_consolidated_metadata_is_refused(engine: str, text: bytes) -> None:
    """Catches damaged consolidated metadata that is treated as a group without members."""
    store = MemoryStore()
    zarr.open_group(store, zarr_format=2).create_array("x", shape=(7,), dtype="i2")
    store._store_dict[".zmetadata"] = zarr.core.buffer.cpu.Buffer.from_bytes(text)
    with pytest.raises(crud.DocumentError, match="zmetadata"):
        crud.list_children(store, engine=engine)
