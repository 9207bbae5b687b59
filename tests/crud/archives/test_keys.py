"""What keys below a node are."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from tests.crud.test_nodes import ARRAY_2, GROUP
from zarr.crud._archives.keys import is_leftover, kind_of
from zarr.crud._document.cache import as_document

TOKEN = "0123456789abcdef" * 2

FORMAT_3: dict[str, tuple[str, Any]] = {
    "zarr.json": ("document", None),
    ".zattrs": ("foreign", None),
    "c/0/0": ("chunk", (0, 0)),
    "c/2/2": ("chunk", (2, 2)),
    "c/3/0": ("outside", (3, 0)),
    "c/0/00": ("unknown", None),
    "c/0": ("unknown", None),
    f"c/0/0.{TOKEN}.crud.partial": ("leftover", None),
    f"zarr.{TOKEN}.partial": ("leftover", None),
    ".zarr-crud-repack.json": ("marker", None),
    "notes.txt": ("unknown", None),
}
FORMAT_2: dict[str, tuple[str, Any]] = {
    ".zarray": ("document", None),
    ".zattrs": ("document", None),
    "zarr.json": ("foreign", None),
    "2.1": ("chunk", (2, 1)),
    "0.3": ("outside", (0, 3)),
    "c/0/0": ("unknown", None),
}


@pytest.mark.parametrize("name", FORMAT_3)
def test_keys_of_an_array_of_format_3(name: str) -> None:
    """Catches a chunk, a document or a leftover that is taken for something else."""
    made = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    assert kind_of(as_document(made), name) == (name, *FORMAT_3[name])


@pytest.mark.parametrize("name", FORMAT_2)
def test_keys_of_an_array_of_format_2(name: str) -> None:
    """Catches keys of format 3 that count as chunks, or documents of format 2 that do not count."""
    assert kind_of(as_document(ARRAY_2), name) == (name, *FORMAT_2[name])


def test_a_group_has_documents_and_no_chunks() -> None:
    """Catches a key below a group that counts as a chunk."""
    group = as_document(GROUP)
    assert kind_of(group, "zarr.json").kind == "document"
    assert kind_of(group, "c/0/0").kind == "unknown"


@pytest.mark.parametrize("name", ["a.partial", f"a.{TOKEN[1:]}.partial", f"a.{TOKEN}.partial.b"])
def test_a_similar_name_is_no_leftover(name: str) -> None:
    """Catches files of others that count as temporary, and might be deleted."""
    assert not is_leftover(name)
