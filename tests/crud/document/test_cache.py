"""Documents are parsed and serialized once."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import weakref
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud._document.cache import as_document, known_as
from zarr.storage import MemoryStore


def test_the_same_metadata_object_gives_the_same_document() -> None:
    """Catches a document that is parsed or serialized at each call, which slows small reads."""
    array = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    assert as_document(array.metadata) is as_document(array.metadata)
    document = crud.read_metadata(array.store)
    assert as_document(document) is document
    assert as_document(document_members()) is as_document(document_members())


def test_a_metadata_object_may_be_known_as_a_document() -> None:
    """Catches a document that is made anew for each of many equal arrays, or that outlives one."""
    document = as_document(document_members())
    array = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    known_as(array.metadata, document)
    assert as_document(array.metadata) is document
    alive = weakref.ref(array.metadata)
    del array
    gc.collect()
    assert alive() is None


def test_a_document_does_not_keep_metadata_alive(engine: str) -> None:
    """Catches a cache that keeps its keys alive, and so grows with every opened array."""
    array = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    crud.read_region(array.metadata, array.store, engine=engine)
    alive = weakref.ref(array.metadata)
    del array
    gc.collect()
    assert alive() is None


def test_a_repeated_call_parses_and_serialises_nothing(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a repeated call that parses or serializes a document again."""
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
    """Catches a cache callback that uses objects that the interpreter has removed at exit."""
    program = """
import zarr, zarr.crud
arrays = [zarr.create_array({}, shape=3, chunks=2, dtype="i2") for _ in range(9)]
zarr.left = [array.metadata for array in arrays]
for array in arrays:
    zarr.crud.read_region(array.metadata, array.store)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stderr == b""


def test_attributes_may_change_between_create_calls() -> None:
    """Catches a stale document after `update_attributes`, which changes zarr's object in place."""
    array = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    as_document(array.metadata)
    array.update_attributes({"late": True})
    copy = MemoryStore()
    crud.create(array.metadata, copy)
    assert crud.read_metadata(copy)["attributes"] == {"late": True}


@pytest.mark.parametrize("metadata", [5, "zarr.json", [1], {"fill_value": float("nan")}, {1: {2}}])
def test_what_is_not_json_is_refused(metadata: Any) -> None:
    """Catches Python values that no document can contain."""
    with pytest.raises(crud.DocumentError):
        as_document(metadata)
