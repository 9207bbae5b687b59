"""Keys and sizes of what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import zarr
from zarr.crud import Location
from zarr.crud._document.cache import as_document
from zarr.crud._repack.stored import chunks_among, stored_below
from zarr.crud._stores.location import put
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store
    from zarr.crud._repack.stored import Sizes


def test_keys_have_sizes_where_they_cost_nothing(store: Store) -> None:
    """Catches keys of another node, and sizes of other values."""
    for key, n in (("a/x", 3), ("a/c/0", 5), ("ab", 7)):
        put(store, key, bytes(n))
    knows = not isinstance(store, AsyncOnlyStore)
    expected: Sizes = {"x": 3, "c/0": 5} if knows else {"x": None, "c/0": None}
    assert stored_below(Location(store, "a")) == expected
    assert stored_below(Location(store, "none")) == {}


def test_chunks_are_found_among_keys_in_order() -> None:
    """Catches chunks outside of the grid, or documents, that count as chunks."""
    array = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    names: Sizes = {"c/2/0": 1, "zarr.json": 2, "c/0/1": 3, "c/3/0": 4, "c/0/00": 5}
    found = chunks_among(as_document(array.metadata), names)
    assert list(found.items()) == [((0, 1), 3), ((2, 0), 1)]


def test_a_link_in_a_circle_is_an_error_that_says_so(tmp_path: Path) -> None:
    """Catches a listing that has no end, or leaves linked folders out."""
    (tmp_path / "root").mkdir()
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "0").write_bytes(b"x")
    (tmp_path / "root" / "c").symlink_to(tmp_path / "far")
    assert stored_below(Location(LocalStore(tmp_path / "root"), "")) == {"c/0": 1}
    (tmp_path / "root" / "loop").symlink_to(tmp_path / "root")
    with pytest.raises(OSError, match="the link leads back to a folder above it"):
        stored_below(Location(LocalStore(tmp_path / "root"), ""))
