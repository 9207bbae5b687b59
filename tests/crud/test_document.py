"""Documents: parsed once, immutable, authoritative."""

from __future__ import annotations

import gc
import json
import pickle
import subprocess
import sys
import weakref
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


def test_the_same_metadata_object_gives_the_same_document() -> None:
    """Parsing and serialising at each call would cost more than a small read."""
    array = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    assert as_document(array.metadata) is as_document(array.metadata)
    document = crud.read_metadata(array.store)
    assert as_document(document) is document
    assert as_document(document_members()) is as_document(document_members())


def test_a_document_does_not_keep_metadata_alive(engine: str) -> None:
    """A cache by identity that kept its keys alive would grow with every opened array."""
    array = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    crud.read_region(array.metadata, array.store, engine=engine)
    alive = weakref.ref(array.metadata)
    del array
    gc.collect()
    assert alive() is None


def test_a_repeated_call_parses_and_serialises_nothing(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a document that was read, zarr's metadata object, and an engine with its own parser."""
    array = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    documents = [crud.read_metadata(array.store), array.metadata]
    value = np.ones((2, 2), "i2")

    def calls() -> None:
        for document in documents:
            crud.write_chunk(document, array.store, (0, 0), 1, engine=engine)
            crud.read_chunk(document, array.store, (0, 0), engine=engine)
            box = (slice(1, 3), slice(2, 4))
            crud.write_region(document, array.store, box, value, engine=engine)
            crud.read_region(document, array.store, box, engine=engine)

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("serialised or parsed again")

    calls()
    for name in ("loads", "dumps"):
        monkeypatch.setattr(json, name, refuse)
    monkeypatch.setattr("zarr.crud._document.document.parsed", refuse)
    monkeypatch.setattr("zarr.core.metadata.v3.ArrayV3Metadata.to_dict", refuse)
    calls()


def test_the_interpreter_exits_in_silence_with_arrays_alive() -> None:
    """A cache callback that uses objects which the interpreter has already removed at exit."""
    program = """
import zarr
arrays = [zarr.create_array({}, shape=3, chunks=2, dtype="i2") for _ in range(9)]
zarr.left = [array.metadata for array in arrays]
for array in arrays:
    zarr.crud.read_region(array.metadata, array.store)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stderr == b""


def test_two_documents_that_differ_in_attributes_are_one_to_an_engine() -> None:
    """Attributes must not be part of the key of a cache of constructed arrays."""
    one, two = (as_document(document_members(attributes={"n": n})) for n in (1, 2))
    assert one != two
    assert one.json == two.json


def test_a_document_is_a_mapping_that_callers_cannot_change() -> None:
    """A changed document under an unchanged cache key would give wrong answers later."""
    document = as_document(document_members())
    document["shape"].append(9)  # type: ignore[union-attr]
    assert document["shape"] == [7, 5]
    assert dict(document) == document_members()
    assert document == document_members()
    assert {**document, "shape": [8, 8]}["shape"] == [8, 8]
    with pytest.raises(TypeError):
        document["shape"] = [8, 8]  # type: ignore[index]


def test_equal_documents_are_one_in_a_set() -> None:
    """The order of members does not matter."""
    members = document_members()
    one, two = as_document(members), as_document(dict(reversed(members.items())))
    assert one is not two
    assert len({one, two}) == 1
    assert one != as_document(document_members(fill_value=1))


def test_a_document_survives_pickling() -> None:
    """Workers receive documents from their parent."""
    document = as_document(document_members())
    assert pickle.loads(pickle.dumps(document)) == document


def test_reads_follow_the_given_document_not_the_stored_one(engine: str) -> None:
    """The given document decides: another type, another fill value, a larger shape."""
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


def test_attributes_may_change_between_create_calls() -> None:
    """`update_attributes` changes zarr's metadata object in place; the document must follow."""
    array = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    as_document(array.metadata)
    array.update_attributes({"late": True})
    copy = MemoryStore()
    crud.create(array.metadata, copy)
    assert crud.read_metadata(copy)["attributes"] == {"late": True}


@pytest.mark.parametrize("metadata", [5, "zarr.json", [1], {"fill_value": float("nan")}, {1: {2}}])
def test_what_is_not_json_is_refused(metadata: Any) -> None:
    """Python values that no document can contain."""
    with pytest.raises(crud.DocumentError):
        as_document(metadata)


def test_a_group_has_no_chunks(engine: str) -> None:
    """The wrong kind of node has its own error."""
    group: dict[str, Any] = {"zarr_format": 3, "node_type": "group"}
    with pytest.raises(NodeTypeValidationError, match="document is a group's"):
        crud.read_chunk(group, MemoryStore(), (0,), engine=engine)


def test_deep_nesting_is_refused_not_a_crash() -> None:
    """Recursion is bounded for every document."""
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
    """Nothing is added, dropped or rewritten: any other implementation can read it."""
    crud.create(document_members(), tmp_path)
    assert json.loads((tmp_path / "zarr.json").read_text()) == document_members()
