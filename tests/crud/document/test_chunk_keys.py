"""Keys of chunks, and the chunk indices that they stand for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.crud.test_bad_documents import regular, v2_members
from tests.crud.test_document import document_members
from zarr.crud._document.cache import as_document
from zarr.crud._document.chunk_keys import index_of, split_key
from zarr.crud._document.document import Document


def keyed(name: str, separator: str, rank: int = 2) -> Document:
    """A document of format 3 with a chunk key encoding, or of format 2."""
    shape, chunks = [900] * rank, [1] * rank
    if name == "format 2":
        return as_document(v2_members(shape=shape, chunks=chunks, dimension_separator=separator))
    encoding = {"name": name, "configuration": {"separator": separator}}
    return as_document(
        document_members(shape=shape, chunk_grid=regular(*chunks), chunk_key_encoding=encoding)
    )


@pytest.mark.parametrize("name", ["default", "v2", "format 2"])
@pytest.mark.parametrize("separator", [".", "/"])
@pytest.mark.parametrize("index", [(), (0,), (12, 0), (7, 10, 899)])
def test_the_index_of_a_key_is_the_one_that_zarr_encodes(
    name: str, separator: str, index: tuple[int, ...]
) -> None:
    """Catches swapped axes, a lost digit, or no chunk at all in an array of rank 0."""
    document = keyed(name, separator, len(index))
    assert index_of(document, document.array.encode_chunk_key(index)) == index


@pytest.mark.parametrize(
    "key",
    ["", "c", "c/0", "c/0/0/0", "0/0", "c.0.0", "c/0/00", "c/-1/0", "c/+1/0", "c/ 1/0", "c/٣/0",
     "c/0/0/", "c/0/0.1234.crud.partial", "zarr.json"],
)  # fmt: skip
def test_another_spelling_is_no_key_of_a_chunk(key: str) -> None:
    """Catches a listed key with a sign, a space or other digits, which `int` accepts."""
    assert index_of(keyed("default", "/"), key) is None


CASES: list[tuple[Document, str, str, Any]] = [
    (keyed("default", "/"), "a/b/c/1/2", "a/b", ("a/b", (1, 2))),
    (keyed("default", "/"), "c/1/2", "", ("", (1, 2))),
    (keyed("default", "/"), "a/bc/c/1/2", "a/b", ("a/bc", (1, 2))),
    (keyed("default", "/"), "c/c/1/2", "x", ("c", (1, 2))),
    (keyed("format 2", "."), "a/1.2", "", ("a", (1, 2))),
    (keyed("format 2", "/", 3), "5/1/2/3", "", ("5", (1, 2, 3))),
    (keyed("format 2", "/", 3), "5/1/2/3", "5", ("5", (1, 2, 3))),
    (keyed("format 2", "/", 3), "55/1/2", "5", ("", (55, 1, 2))),
    (keyed("default", "/", 0), "a/c", "a", ("a", ())),
    (keyed("default", "/", 0), "a/b/c", "x", ("a/b", ())),
    (keyed("default", "/"), "a/zarr.json", "a", None),
    (keyed("default", "/"), "c/1", "", None),
]


@pytest.mark.parametrize(("document", "path", "node", "expected"), CASES)
def test_the_path_of_a_chunk_is_divided_where_its_key_begins(
    document: Document, path: str, node: str, expected: Any
) -> None:
    """Catches a sibling with the same name prefix, or a node named like a part of a key."""
    assert split_key(document, path, node) == expected
