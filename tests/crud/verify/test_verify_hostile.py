"""Archives made to harm whoever looks at them: no crash, no hang, and nothing is changed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crud.verify.archives import change, consolidate, format_2, get, hierarchy, put
from zarr import crud
from zarr.storage import MemoryStore

KEYS = [
    "zarr.json",
    "raw/zarr.json",
    "shards/zarr.json",
    "zstd/c/0/0",
    "shards/c/0/0",
    "raw_shards/c/1/0",
    "deep/text/c/0",
]


def archive() -> MemoryStore:
    """An archive with consolidated metadata."""
    store: MemoryStore = hierarchy()
    consolidate(store)
    return store


@given(
    key=st.sampled_from(KEYS),
    edits=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.integers(0, 30),
)
def test_damaged_bytes_are_findings(key: str, edits: list[tuple[int, int]], cut: int) -> None:
    """Catches an exception from a parser or a codec, instead of a report."""
    store = archive()
    value = bytearray(get(store, key))
    for place, byte in edits:
        value[place % len(value)] = byte
    put(store, key, bytes(value[: len(value) - cut]))
    before = dict(store._store_dict)
    report = crud.verify(store, level="decode", digest=True)
    json.dumps(report.to_dict())
    assert str(report)
    crud.compare(store, archive(), level="elements").to_dict()
    assert store._store_dict == before


VALUES: list[Any] = [
    None, -1, 0, 2**63, 2**70, 1e400, "x", [], {}, [[]], [2**62] * 70, True, {"name": "regular"},
    {"name": "regular", "configuration": {"chunk_shape": [0, 0]}},
    {"name": "regular", "configuration": {"chunk_shape": [2**62, 2**62]}},
    [{"name": "sharding_indexed"}], [{"name": "bytes"}] * 3, "<script>", "\x00", float("nan"),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("path", ["raw", "shards"])
def test_documents_that_lie_are_findings(path: str, value: Any) -> None:
    """Catches an overflow, memory in proportion to a number, or an exception of a parser."""
    store = archive()
    document = json.loads(get(store, f"{path}/zarr.json"))
    for name in document:
        put(store, f"{path}/zarr.json", json.dumps(document | {name: value}).encode())
        report = crud.verify(store, level="decode", digest=True)
        json.dumps(report.to_dict())


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_documents_of_format_2_that_lie_are_findings(value: Any) -> None:
    """Catches the same in the other format."""
    store = format_2()
    document = json.loads(get(store, "raw/.zarray"))
    for name in document:
        put(store, "raw/.zarray", json.dumps(document | {name: value}).encode())
        crud.verify(store, level="decode", digest=True).to_dict()


def test_ten_to_the_twelve_chunks_take_no_time() -> None:
    """Catches a loop over the chunk grid in any of the functions."""
    made = []
    for fill in (0, 1):
        store = MemoryStore()
        document: dict[str, Any] = {
            "zarr_format": 3, "node_type": "array", "shape": [2**60, 2**60], "data_type": "uint8",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1, 1]}},
            "chunk_key_encoding": {"name": "default"}, "fill_value": fill,
            "codecs": [{"name": "bytes"}],
        }  # fmt: skip
        crud.create(document, store)
        crud.write_region(document, store, (5, slice(0, 3)), np.array([7, 8, 9]))
        made.append(store)
    report = crud.verify(made[0], level="decode", digest=True)
    assert report.arrays[0].missing == 2**120 - 3
    found = crud.compare(made[0], made[1], level="elements").differences
    assert [one.kind for one in found] == ["fill-value", "elements"]
    assert str(2**120 - 3) in found[1].message
    layout = crud.layout(crud.read_metadata(made[0]), made[0])
    assert layout.missing_chunks == 2**120 - 3
    assert len(layout._repr_html_()) < 50_000


def test_a_document_that_claims_huge_shards_ends_soon() -> None:
    """Catches a loop over the subchunks that a document claims, whatever the shard holds."""
    store = archive()
    huge = {"name": "regular", "configuration": {"chunk_shape": [6, 2**40]}}
    change(store, "shards/zarr.json", lambda array: array.update(chunk_grid=huge))
    report = crud.verify(store, path="shards", digest=True)
    assert {one.kind for one in report.findings} == {"damaged-index", "beyond-grid"}
    assert report.arrays[0].digest is None
    (found,) = crud.compare(store, store, path="shards", other_path="shards").differences
    assert found.kind == "not-compared"
    assert "less than" in found.message
    asked: Any = {"path": "shards", "other_path": "shards", "level": "elements"}
    (found,) = crud.compare(store, store, **asked).differences
    assert found.kind == "not-compared"
