"""Documents are authoritative in every function."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.errors import NodeTypeValidationError
from zarr.storage import MemoryStore


def document_members(**changes: Any) -> dict[str, Any]:
    """A ragged array's document, with members replaced."""
    members = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [7, 5],
        "data_type": "int16",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 2]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": 0,
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
        "attributes": {"units": "m"},
    }
    return {key: value for key, value in (members | changes).items() if value is not ...}


def test_reads_follow_the_given_document_not_the_stored_one(engine: str) -> None:
    """Catches a read by the stored document instead of the given one."""
    store = MemoryStore()
    values = np.arange(35, dtype="i2").reshape(7, 5)
    document = document_members()
    crud.create(document, store)
    crud.write_region(document, store, ..., values, engine=engine)
    as_unsigned = crud.read_region(document | {"data_type": "uint16"}, store, engine=engine)
    assert as_unsigned.dtype == "u2"
    wider = document | {"shape": [7, 7], "fill_value": -1}
    found = crud.read_region(wider, store, (slice(None), 6), engine=engine)
    assert np.array_equal(found, np.full(7, -1))
    assert crud.read_metadata(store)["shape"] == [7, 5]


def test_a_group_has_no_chunks(engine: str) -> None:
    """Catches a wrong kind of node without its own error."""
    group: dict[str, Any] = {"zarr_format": 3, "node_type": "group"}
    with pytest.raises(NodeTypeValidationError, match="document is a group's"):
        crud.read_chunk(group, MemoryStore(), (0,), engine=engine)


def test_deep_nesting_is_refused_not_a_crash() -> None:
    """Catches unbounded recursion in a document."""
    nested: Any = {}
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(crud.DocumentError):
        as_document(document_members(attributes={"deep": nested}))
    store = MemoryStore()
    text = "[" * 100_000 + "]" * 100_000
    store._store_dict["zarr.json"] = zarr.core.buffer.cpu.Buffer.from_bytes(text.encode())
    with pytest.raises(crud.DocumentError):
        crud.read_metadata(store)


def test_the_stored_document_is_the_callers(tmp_path: Any) -> None:
    """Catches a member that is added, dropped or rewritten, which others could not read."""
    crud.create(document_members(), tmp_path)
    assert json.loads((tmp_path / "zarr.json").read_text()) == document_members()
