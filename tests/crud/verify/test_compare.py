"""Two archives: what is only in one, and what a reader would notice."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.verify.archives import VALUES, change, hierarchy, put
from zarr import crud
from zarr.errors import NodeNotFoundError
from zarr.storage import MemoryStore

LEVELS: tuple[Any, ...] = ("metadata", "digest", "elements")


@pytest.mark.parametrize("level", LEVELS)
def test_an_archive_equals_its_copy_however_it_is_stored(level: Any) -> None:
    """Catches a difference of chunks, codecs, shards or formats that fails a comparison."""
    one, other = hierarchy(), MemoryStore()
    assert crud.compare(one, hierarchy(), level=level).differences == ()
    root = zarr.create_group(other)
    for name in ("raw", "zstd", "shards", "raw_shards"):
        root.create_array(name, data=VALUES, chunks=(7, 2), compressors=None)
    root.create_array("deep/text", data=np.array(["a", "", "ccc"]), chunks=(1,))
    root.create_array("deep/scalar", shape=(), dtype="f8", fill_value=np.nan)[...] = 7.0
    root.create_array("deep/empty", shape=(0, 3), chunks=(1, 1), dtype="u1")
    report = crud.compare(one, other, level=level)
    assert report.ok, str(report)
    assert {found.kind for found in report.differences} == {"encoding"}
    assert report.compared == 9


def updated(members: dict[str, Any], document: dict[str, Any]) -> None:
    """Change members of a document."""
    document.update(members)


def test_every_difference_has_its_kind() -> None:
    """Catches a difference that no one is told of."""
    one, other = hierarchy(), hierarchy()
    edits: dict[str, Any] = {
        "raw": {"shape": [8, 5]},
        "zstd": {"data_type": "uint32"},
        "shards": {"fill_value": 1},
        "deep/text": {"dimension_names": ["x"]},
        "deep/empty": {"attributes": {"units": "m", "long": [1, 2]}},
    }
    for path, members in edits.items():
        change(other, f"{path}/zarr.json", partial(updated, members))
    zarr.create_group(one, path="first")
    zarr.create_group(other, path="second")
    put(other, "deep/scalar/zarr.json", b'{"zarr_format": 3, "node_type": "group"}')
    put(other, "raw_shards/zarr.json", b"?")
    report = crud.compare(one, other)
    assert {(found.kind, found.path) for found in report.differences} == {
        ("shape", "raw"),
        ("data-type", "zstd"),
        ("fill-value", "shards"),
        ("dimension-names", "deep/text"),
        ("attributes", "deep/empty"),
        ("only-in-first", "first"),
        ("only-in-second", "second"),
        ("node-type", "deep/scalar"),
        ("not-compared", "raw_shards"),
    }
    assert not report.ok


@pytest.mark.parametrize("level", ["digest", "elements"])
def test_a_changed_element_is_found(level: Any) -> None:
    """Catches elements that are not compared, or positions of the chunk instead of the array."""
    one, other = hierarchy(), hierarchy()
    zarr.open_array(other, path="shards")[6, 4] = -1
    (found,) = crud.compare(one, other, level=level).differences
    assert (found.kind, found.path) == ("elements", "shards")
    assert found.positions == (((6, 4),) if level == "elements" else ())
    assert crud.compare(one, other, level="metadata").ok


@pytest.mark.parametrize("level", ["digest", "elements"])
def test_what_does_not_decode_is_not_equal(level: Any) -> None:
    """Catches two damaged archives that count as equal."""
    one, other = hierarchy(), hierarchy()
    for store in (one, other):
        put(store, "zstd/c/0/0", b"damaged")
    (found,) = crud.compare(one, other, level=level).differences
    assert (found.kind, found.path) == ("not-compared", "zstd")
    assert "zstd/c/0/0" in found.message


def test_paths_may_differ() -> None:
    """Catches one path that is used for both archives."""
    store = hierarchy()
    report = crud.compare(store, store, path="shards", other_path="raw_shards")
    assert report.ok
    assert [found.kind for found in report.differences] == ["encoding"]
    with pytest.raises(NodeNotFoundError):
        crud.compare(store, store, path="raw", other_path="nope")
    with pytest.raises(ValueError, match="level is 'decode'; use 'metadata', 'digest' or"):
        crud.compare(store, store, level="decode")  # type: ignore[arg-type]
