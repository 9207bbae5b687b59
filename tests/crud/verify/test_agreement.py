"""Documents that should agree, and do in all that matters."""

from __future__ import annotations

import json
from typing import Any

from tests.crud.verify.archives import change, consolidate, format_2, get, hierarchy, put
from zarr import crud


def test_another_spelling_is_no_difference() -> None:
    """Catches a finding about a copy that zarr-python has written anew."""
    store = hierarchy()
    change(store, "raw/zarr.json", lambda array: array.pop("attributes"))
    change(
        store,
        "raw/zarr.json",
        lambda array: array.update(chunk_key_encoding={"name": "default"}),
    )
    consolidate(store)
    assert crud.verify(store).findings == ()
    change(store, "raw/zarr.json", lambda array: array.update(fill_value=0.0))
    assert crud.verify(store).findings == ()


def test_groups_below_have_copies_of_their_own() -> None:
    """Catches consolidated metadata of a group below that counts as a difference."""
    store = hierarchy()
    consolidate(store, "deep")
    consolidate(store)
    assert crud.verify(store).findings == ()
    change(store, "deep/text/zarr.json", lambda array: array.update(attributes={"a": 1}))
    found = crud.verify(store).findings
    assert [(one.kind, one.path, one.key) for one in found] == [
        ("consolidated-disagrees", "deep/text", "zarr.json"),
        ("consolidated-disagrees", "deep/text", "deep/zarr.json"),
    ]
    assert "differs in attributes" in found[0].message


def test_damaged_copies_are_findings() -> None:
    """Catches a crash on consolidated metadata that is no mapping."""
    given: list[Any] = [5, [], {"metadata": 5}, {"metadata": {"raw": 5}}]
    for wrong in given:
        store = hierarchy()
        members = json.loads(get(store, "zarr.json")) | {"consolidated_metadata": wrong}
        put(store, "zarr.json", json.dumps(members).encode())
        found = crud.verify(store).findings
        assert {one.kind for one in found} == {"invalid-document"}, wrong
    store = format_2()
    put(store, ".zmetadata", b'{"zarr_consolidated_format": 2, "metadata": {}}')
    assert {one.kind for one in crud.verify(store).findings} == {"invalid-document"}


def test_formats_that_disagree_say_in_what() -> None:
    """Catches a message that leaves the search to the user."""
    store = hierarchy()
    for name in (".zarray", ".zattrs"):
        put(store, f"raw/{name}", get(format_2(), f"raw/{name}"))
    change(store, "raw/.zarray", lambda array: array.update(chunks=[7, 5], fill_value=3))
    (found,) = crud.verify(store, path="raw").findings
    assert found.kind == "formats-disagree"
    assert "differ in fill value, chunks, attributes" in found.message
    put(store, "raw/zarr.json", b'{"zarr_format": 3, "node_type": "group"}')
    found, *_ = crud.verify(store, path="raw").findings
    assert "differ in the type of the node" in found.message
