"""Stored documents: read once, and damaged ones told apart."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from tests.crud.verify.archives import change, format_2, get, hierarchy, put
from zarr import crud
from zarr.crud._stores.location import Location
from zarr.crud._verify.documents import node_of, stored_documents, valid, whole
from zarr.crud._verify.findings import Findings
from zarr.storage import MemoryStore


def found(store: Any) -> tuple[dict[str, Any], Findings]:
    """The stored documents of a store, and what is wrong with them."""
    findings = Findings()
    keys = sorted(store._store_dict)
    return stored_documents(keys, Location(store, ""), findings), findings


def test_documents_are_by_their_path() -> None:
    """Catches a chunk that is read, or a document that is not."""
    stored, findings = found(hierarchy())
    assert set(stored) == {
        *("", "raw", "zstd", "shards", "raw_shards"),
        *("deep", "deep/text", "deep/scalar", "deep/empty"),
    }
    nodes = [node_of(one, findings) for one in stored.values()]
    assert all(node is not None and node.document is not None for node in nodes)
    assert findings.listed() == ()


def test_a_document_of_format_2_has_its_attributes() -> None:
    """Catches attributes that no comparison sees."""
    stored, _ = found(format_2())
    members = whole(stored["raw"], ".zarray")
    assert members is not None
    assert members["attributes"] == {"units": "m"}


def test_what_is_not_valid_says_why() -> None:
    """Catches a parser's error instead of a finding, or a crash on odd JSON."""
    for text in (b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"{}", b'{"zarr_format": 3}', b"null"):
        store = MemoryStore()
        put(store, "a/zarr.json", text)
        stored, findings = found(store)
        node = node_of(stored["a"], findings)
        assert node is not None
        assert node.document is None
        assert {one.kind for one in findings.listed()} == {"invalid-document"}, text[:20]
        assert {one.key for one in findings.listed()} == {"a/zarr.json"}


@pytest.mark.parametrize("name", ["codec", "inner codec", "compressor", "filter", "of objects"])
def test_a_codec_that_is_not_installed_is_no_error(name: str) -> None:
    """Catches a sound archive of another program that is called damaged."""
    store = hierarchy() if "codec" in name else format_2()
    acme: Any = {"name": "acme.squeeze", "configuration": {"q": 1}}

    def edit(array: Any) -> None:
        if name == "codec":
            array["codecs"].append(acme)
        elif name == "inner codec":
            array["codecs"][0]["configuration"]["codecs"].append(acme)
        elif name == "compressor":
            array["compressor"] = {"id": "acme.squeeze"}
        else:
            array["filters"] = [{"id": "acme.squeeze"}]
            array["dtype"] = array["dtype"] if name == "filter" else "|O"

    path = "shards" if name == "inner codec" else "raw"
    key = f"{path}/zarr.json" if "codec" in name else f"{path}/.zarray"
    change(store, key, edit)
    report = crud.verify(store, level="decode")
    assert report.ok
    assert [(one.kind, one.key) for one in report.findings] == [("not-checked", key)]
    assert "'acme.squeeze'" in report.findings[0].message
    assert path not in [one.path for one in report.arrays]


def test_a_damaged_document_with_an_unknown_codec_is_damaged() -> None:
    """Catches damage that an unknown codec hides."""
    store = hierarchy()
    for number, member in enumerate(("fill_value", "shape", "data_type")):
        broken: Any = {member: "acme", "codecs": [{"name": "acme"}]}
        put(store, f"{number}/zarr.json", get(store, "raw/zarr.json"))
        change(store, f"{number}/zarr.json", partial(dict.update, **broken))
    old = format_2()
    put(store, "old/.zarray", get(old, "raw/.zarray"))
    change(store, "old/.zarray", lambda array: array.update(filters=[{"q": 1}]))
    findings = crud.verify(store).findings
    assert {one.path for one in findings if one.kind == "invalid-document"} == {*"012", "old"}
    assert "not-checked" not in {one.kind for one in findings}


def test_a_document_of_the_wrong_format_is_not_valid() -> None:
    """Catches a document of format 2 under the name of format 3."""
    stored, findings = found(format_2())
    members = whole(stored["raw"], ".zarray")
    assert members is not None
    put(store := MemoryStore(), "zarr.json", json.dumps(members).encode())
    stored, findings = found(store)
    assert valid(members, stored[""], "zarr.json", findings) is None
    assert "is of format 2" in findings.listed()[0].message


def test_one_unreadable_document_does_not_hide_the_others() -> None:
    """Catches a store error that ends the report."""

    class Failing(MemoryStore):
        def get_sync(self, key: str, **options: Any) -> Any:
            if key == "raw/zarr.json":
                raise PermissionError(13, "denied")
            return super().get_sync(key, **options)

    store = Failing()
    hierarchy(store)
    stored, findings = found(store)
    assert {one.kind for one in findings.listed()} == {"unreadable"}
    assert stored["zstd"].documents
    assert not stored["raw"].documents
