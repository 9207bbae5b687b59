"""Documents in local files: what is read at once, and what is left to zarr."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from zarr._engine.opening.stored import is_consolidated, stored_at
from zarr.storage import LocalStore, StorePath

if TYPE_CHECKING:
    from pathlib import Path

ARRAY_2 = {"zarr_format": 2, "shape": [1]}
GROUP_2 = {"zarr_format": 2}
ARRAY_3 = {"zarr_format": 3, "node_type": "array"}

CASES: dict[str, tuple[dict[str, Any], int | None, object]] = {
    "format 3": ({"zarr.json": ARRAY_3}, 3, ("array", ARRAY_3)),
    "any format": ({"zarr.json": ARRAY_3}, None, ("array", ARRAY_3)),
    "both formats, one asked for": ({"zarr.json": ARRAY_3, ".zgroup": {}}, 3, ("array", ARRAY_3)),
    "both formats": ({"zarr.json": ARRAY_3, ".zgroup": {}}, None, None),
    "format 2": ({".zarray": ARRAY_2}, 2, ("array", ARRAY_2 | {"attributes": {}})),
    "format 2, any": ({".zarray": ARRAY_2}, None, ("array", ARRAY_2 | {"attributes": {}})),
    "format 2 for 3": ({".zarray": ARRAY_2}, 3, None),
    "format 3 for 2": ({"zarr.json": ARRAY_3}, 2, None),
    "attributes": (
        {".zgroup": GROUP_2, ".zattrs": {"a": 1}},
        2,
        ("group", GROUP_2 | {"attributes": {"a": 1}}),
    ),
    "array and group": (
        {".zgroup": GROUP_2, ".zarray": ARRAY_2},
        2,
        ("array", ARRAY_2 | {"attributes": {}}),
    ),
    "group with a shape": ({".zgroup": ARRAY_2}, 2, None),
    "array without a shape": ({".zarray": GROUP_2}, 2, None),
    "attributes no mapping": ({".zgroup": GROUP_2, ".zattrs": [1]}, 2, None),
    "no mapping": ({"zarr.json": [1]}, None, None),
    "another format": ({"zarr.json": {"zarr_format": 4}}, 3, None),
    "nothing": ({}, None, None),
}


@pytest.mark.parametrize("name", CASES)
def test_a_document_is_read_or_left_to_zarr(name: str, tmp_path: Path) -> None:
    """Catches a document that zarr reads otherwise, or with a warning."""
    documents, zarr_format, expected = CASES[name]
    for file, members in documents.items():
        (tmp_path / file).write_text(json.dumps(members))
    found = stored_at(StorePath(LocalStore(tmp_path)), zarr_format)
    assert found == expected


@pytest.mark.parametrize("text", [b"{", b"\xff", b"[" * 100_000, b""])
@pytest.mark.parametrize("file", ["zarr.json", ".zgroup", ".zattrs"])
def test_what_is_no_document_is_left_to_zarr(text: bytes, file: str, tmp_path: Path) -> None:
    """Catches an error other than zarr's."""
    if file == ".zattrs":
        (tmp_path / ".zgroup").write_text(json.dumps(GROUP_2))
    (tmp_path / file).write_bytes(text)
    assert stored_at(StorePath(LocalStore(tmp_path)), None) is None


def test_copies_of_documents_are_seen(tmp_path: Path) -> None:
    """Catches a group whose consolidated metadata is overlooked, also as a link to nothing."""
    place = StorePath(LocalStore(tmp_path), "a")
    (tmp_path / "a").mkdir()
    assert not is_consolidated(place)
    (tmp_path / "a/.zmetadata").symlink_to("nothing")
    assert is_consolidated(place)
