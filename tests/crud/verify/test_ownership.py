"""Each key belongs to the node nearest above it."""

from __future__ import annotations

import zarr
from tests.crud.verify.archives import hierarchy, put
from tests.crud.verify.faults import HEX
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud._stores.location import Location
from zarr.crud._verify.documents import Node
from zarr.crud._verify.findings import Findings
from zarr.crud._verify.nodes import listed
from zarr.crud._verify.ownership import check_places, contents_of, is_leftover
from zarr.storage import MemoryStore


def test_chunks_are_those_of_their_array() -> None:
    """Catches a chunk that is given to the group, or a document that is a chunk."""
    store = hierarchy()
    sizes = {key: len(value) for key, value in store._store_dict.items()}
    findings = Findings()
    nodes, contents = listed(sizes, Location(store, ""), findings)
    assert {path: len(one.chunks) for path, one in contents.items()} == {
        "raw": 9, "zstd": 9, "shards": 4, "raw_shards": 4,
        "deep/text": 2, "deep/scalar": 1, "deep/empty": 0,
    }  # fmt: skip
    assert contents["raw"].chunks[0, 0] == 24
    assert findings.listed() == ()
    assert contents_of([], nodes, findings)["raw"].chunks == {}


def test_temporary_files_have_known_names() -> None:
    """Catches a chunk, or a file of the user, that counts as a leftover and is deleted."""
    document = as_document(zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="u1").metadata)
    for name in (f".{HEX}.crud.partial", f"c/0/0.{HEX}.partial", "c/0/0#3", "zarr.json#1"):
        assert is_leftover(name, document), name
    for name in (
        "c/0/0",
        "c/0/0.partial",
        f"{HEX}.partial",
        "notes#1",
        "c/0#1",
        "readme",
        ".partial",
    ):
        assert not is_leftover(name, document), name
    assert not is_leftover("c/0/0#1", None)


def test_keys_of_a_damaged_array_are_not_judged() -> None:
    """Catches a thousand findings about chunks of an array whose document is lost."""
    store = hierarchy()
    put(store, "raw/zarr.json", b'{"zarr_format": 3, "node_type": "array"}')
    found = crud.verify(store).findings
    assert [(one.kind, one.key) for one in found] == [("invalid-document", "raw/zarr.json")]
    leftover = f"raw/c/0/0.{HEX}.partial"
    put(store, leftover, b"x")
    assert leftover in {one.key for one in crud.verify(store).findings}
    put(store, "deep/notes#1", b"a file of the user, in a group")
    assert ("unknown-key", "deep/notes#1") in {
        (one.kind, one.key) for one in crud.verify(store).findings
    }


def test_another_separator_is_unknown() -> None:
    """Catches chunks of an older layout that a listing counts."""
    store = MemoryStore()
    zarr.create_array(store, shape=(4, 4), chunks=(2, 2), dtype="u1")
    put(store, "0.0", b"x")
    assert next(one.kind for one in crud.verify(store).findings) == "unknown-key"


def test_places_are_checked_from_the_root_of_the_check() -> None:
    """Catches a finding about the groups above the place that is verified."""
    nodes = {"": Node("", False, None), "a/b": Node("a/b", True, None)}
    findings = Findings()
    check_places(nodes, findings)
    assert [(one.kind, one.path) for one in findings.listed()] == [("no-group-above", "a/b")]
    assert crud.verify(hierarchy(), path="deep").findings == ()
