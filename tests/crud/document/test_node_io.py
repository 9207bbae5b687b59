"""Documents as they are stored: which keys are written, and in which order."""

from __future__ import annotations

import json
from typing import Any

import pytest

import zarr
from tests.crud.test_bad_documents import v2_members
from tests.crud.test_document import document_members
from zarr.core.buffer.cpu import Buffer
from zarr.crud import DocumentError, Location
from zarr.crud._document import node_io
from zarr.crud._document.cache import as_document
from zarr.crud.testing import CountingStore
from zarr.errors import ContainsArrayError, NodeNotFoundError, NodeTypeValidationError

GROUP: dict[str, Any] = {"zarr_format": 3, "node_type": "group", "attributes": {"n": 1}}
GROUP_2: dict[str, Any] = {"zarr_format": 2, "attributes": {"n": 1}}


def json_at(store: CountingStore, key: str) -> Any:
    """The JSON that is stored at a key."""
    return json.loads(store._store_dict[key].to_bytes())


def created(members: dict[str, Any], path: str = "a/b") -> CountingStore:
    """A store in which a node was created."""
    store = CountingStore()
    node_io.create(as_document(members), Location(store, path), overwrite=False)
    return store


@pytest.mark.parametrize(
    ("members", "keys"),
    [
        (document_members(), ["zarr.json", "a/zarr.json", "a/b/zarr.json"]),
        (GROUP, ["zarr.json", "a/zarr.json", "a/b/zarr.json"]),
        (v2_members(), [".zgroup", "a/.zgroup", "a/b/.zarray"]),
        (GROUP_2, [".zgroup", "a/.zgroup", "a/b/.zgroup", "a/b/.zattrs"]),
    ],
)
def test_groups_are_written_before_what_is_below_them(
    members: dict[str, Any], keys: list[str]
) -> None:
    """Catches a node that is left below missing groups, or below groups of the other format."""
    store = created(members)
    assert [key for call, key in store.calls if call == "set"] == keys
    assert node_io.read_metadata(Location(store, "a")).node_type == "group"


def test_attributes_of_format_2_have_a_document_of_their_own() -> None:
    """Catches members in `.zarray` that readers of format 2 do not know."""
    members = v2_members(attributes={"n": 1})
    store = created(members, "")
    assert json_at(store, ".zattrs") == {"n": 1}
    assert json_at(store, ".zarray") == v2_members()
    assert node_io.read_metadata(Location(store, "")) == members


def test_format_3_is_read_where_both_are_stored() -> None:
    """Catches an array of format 2 that hides the one that replaced it."""
    store = created(v2_members(), "")
    assert node_io.read_metadata(Location(store, ""))["zarr_format"] == 2
    store.set_sync("zarr.json", Buffer.from_bytes(json.dumps(document_members()).encode()))
    assert node_io.read_metadata(Location(store, "")) == document_members()


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"7", b"\xff"])
def test_a_document_that_is_no_object_is_named(text: bytes) -> None:
    """Catches an error of the JSON module that does not name the key."""
    store = created(GROUP)
    store.set_sync("a/b/zarr.json", Buffer.from_bytes(text))
    with pytest.raises(DocumentError, match=r"'a/b/zarr\.json' is not"):
        node_io.read_metadata(Location(store, "a/b"))


def test_refused_calls_write_nothing() -> None:
    """Catches groups that are created above a node that is then refused."""
    store, array = created(document_members()), as_document(document_members())
    store.calls.clear()
    with pytest.raises(ContainsArrayError, match="'a/b' in"):
        node_io.create(array, Location(store, "a/b/x/y"), overwrite=False)
    with pytest.raises(NodeTypeValidationError, match="of another type or format"):
        node_io.write_metadata(as_document(v2_members()), Location(store, "a/b"))
    for work in (
        lambda: node_io.write_metadata(array, Location(store, "c")),
        lambda: node_io.delete_node(Location(store, "c")),
        lambda: node_io.list_children(Location(store, "c")),
    ):
        with pytest.raises(NodeNotFoundError, match="'c' in"):
            work()
    assert {call for call, _ in store.calls} == {"get"}


def test_prefixes_without_a_document_are_no_children() -> None:
    """Catches chunks, leftovers and foreign files that are listed as nodes."""
    store = created(GROUP, "g")
    node_io.create(as_document(v2_members()), Location(store, "g/b"), overwrite=False)
    node_io.create(as_document(document_members()), Location(store, "g/a"), overwrite=False)
    for key in ("g/notes/readme", "g/c", "g/a/c/0/0", "ga/zarr.json"):
        store.set_sync(key, Buffer.from_bytes(b"{}"))
    found = node_io.list_children(Location(store, "g"))
    assert [(name, child.node_type) for name, child in found] == [("a", "array"), ("b", "array")]


@pytest.mark.parametrize("indent", [None, 2])
def test_documents_are_indented_as_configured(indent: int | None) -> None:
    """Catches documents that differ from those that zarr itself writes."""
    with zarr.config.set({"json_indent": indent}):
        text = created(GROUP, "")._store_dict["zarr.json"].to_bytes().decode()
    assert text == json.dumps(GROUP, indent=indent)
