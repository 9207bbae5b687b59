"""The codecs of a document, run on one stored chunk."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.test_bad_documents import v2_members
from tests.crud.test_document import document_members
from zarr.core.array_spec import ArraySpec
from zarr.crud import Options
from zarr.crud._document.cache import as_document
from zarr.crud._stores.chunk import StoredChunk
from zarr.crud._stores.location import get, put
from zarr.crud.backends import DEFAULT_OPTIONS
from zarr.crud.reference import codecs as codecs_module
from zarr.crud.reference import codecs_for
from zarr.storage import MemoryStore

VALUES = np.arange(1, 7, dtype="i2").reshape(3, 2)
WHOLE = (slice(0, 3, 1), slice(0, 2, 1))
CRC = {"name": "crc32c"}


def stored(store: MemoryStore) -> bytes | None:
    found = get(store, "c")
    return None if found is None else found.to_bytes()


@pytest.mark.parametrize(
    ("members", "data"),
    [
        (document_members(), VALUES.astype("<i2").tobytes()),
        (v2_members(), VALUES.astype("<i2").tobytes()),
        (v2_members(order="F", dtype=">i2"), VALUES.astype(">i2").tobytes("F")),
    ],
)
def test_a_chunk_is_stored_as_its_bytes(members: dict[str, Any], data: bytes) -> None:
    """Catches elements or bytes in another order, or neighbors that are lost in a partial write."""
    codecs = codecs_for(as_document(members), DEFAULT_OPTIONS)((3, 2))
    store = MemoryStore()
    codecs.write(StoredChunk(store, "c"), WHOLE, VALUES, WHOLE, covered=True)
    assert stored(store) == data
    part = (slice(1, 2, 1), slice(0, 2, 1))
    row = np.array([[70, 80]], "i2")
    codecs.write(StoredChunk(store, "c"), part, row, (slice(0, 1, 1), WHOLE[1]), covered=False)
    target = np.zeros((3, 2), members.get("dtype", "i2"))
    assert codecs.read(StoredChunk(store, "c"), WHOLE, target, WHOLE)
    assert target.tolist() == [[1, 2], [70, 80], [5, 6]]


def test_a_missing_chunk_reads_as_the_fill_value_and_is_reported() -> None:
    """Catches a fill value where the caller wanted an error, or a part that is not filled."""
    codecs = codecs_for(as_document(document_members(fill_value=-9)), DEFAULT_OPTIONS)((3, 2))
    target = np.zeros((3, 2), "i2")
    assert not codecs.read(StoredChunk(MemoryStore(), "c"), WHOLE, target, WHOLE)
    assert (target == -9).all()


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_an_array_of_rank_0_has_one_chunk() -> None:
    """Catches an index `()` that replaces an array of one object by the object."""
    array = zarr.create_array({}, shape=(), dtype="variable_length_bytes")
    codecs = codecs_for(as_document(array.metadata), DEFAULT_OPTIONS)(())
    store, target = MemoryStore(), np.empty((), object)
    codecs.write(StoredChunk(store, "c"), (), np.array(b"a\0b", object), (), covered=True)
    assert codecs.read(StoredChunk(store, "c"), (), target, ())
    assert target[()] == b"a\0b"


def test_a_chunk_of_the_fill_value_is_stored_only_if_asked() -> None:
    """Catches a chunk of fill values that is stored, or deleted, contrary to the options."""
    document = as_document(document_members())
    for options, expected in ((DEFAULT_OPTIONS, None), (Options(write_empty_chunks=True), 12)):
        store = MemoryStore()
        put(store, "c", VALUES.tobytes())
        codecs = codecs_for(document, options)((3, 2))
        codecs.write(StoredChunk(store, "c"), WHOLE, 0 * VALUES, WHOLE, covered=True)
        found = stored(store)
        assert (None if found is None else len(found)) == expected


def test_a_wrong_checksum_is_ignored_only_if_asked() -> None:
    """Catches damage that is read as data by default."""
    document = as_document(document_members(codecs=[*document_members()["codecs"], CRC]))
    store, target = MemoryStore(), np.zeros((3, 2), "i2")
    put(store, "c", VALUES.tobytes() + b"\0\0\0\0")
    with pytest.raises(zarr.crud.DecodeError, match="'c'"):
        codecs_for(document, DEFAULT_OPTIONS)((3, 2)).read(
            StoredChunk(store, "c"), WHOLE, target, WHOLE
        )
    unchecked = codecs_for(document, Options(validate_checksums=False))((3, 2))
    assert unchecked.read(StoredChunk(store, "c"), WHOLE, target, WHOLE)
    assert target.tolist() == VALUES.tolist()


def test_codecs_are_made_once_for_a_document_and_keep_no_metadata_alive() -> None:
    """Catches codecs that are created for each chunk, or an array that is never freed."""
    metadata = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    document = as_document(metadata)
    codecs = codecs_for(document, DEFAULT_OPTIONS)
    assert codecs((3, 2)) is codecs_for(document, DEFAULT_OPTIONS)((3, 2))
    assert codecs((3, 2)) is not codecs((1, 2))
    alive = weakref.ref(metadata)
    del metadata, document
    gc.collect()
    assert alive() is None


def test_most_codecs_are_found_if_chunks_have_one_shape_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches codecs that are made for each chunk if the chunks have many shapes."""
    made = []

    def counted(*given: Any) -> Any:
        made.append(given)
        return ArraySpec(*given)

    monkeypatch.setattr(codecs_module, "ArraySpec", counted)
    document = as_document(document_members(attributes={"one": "of a kind"}))
    codecs = codecs_for(document, DEFAULT_OPTIONS)
    for turn in range(40):
        if turn == 20:
            made.clear()
        for rows in range(codecs_module.MOST_SHAPES + 1):
            assert codecs((rows + 1, 2)).spec.shape == (rows + 1, 2)
    assert len(made) < 20 * codecs_module.MOST_SHAPES / 4
