"""The indexes of stored shards, read by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.layout.layouts import shards
from tests.crud.verify.archives import get, put
from zarr import crud
from zarr.codecs import BytesCodec, Crc32cCodec, ShardingCodec
from zarr.crud._document.cache import as_document
from zarr.crud._layout.stored_shards import stored_shards, why_unread
from zarr.crud._stores.location import Location
from zarr.storage import MemoryStore

VALUES = np.arange(1, 36, dtype="i4").reshape(7, 5)


def found(metadata: Any, store: Any) -> list[Any]:
    """What the indexes of all stored shards say."""
    document = as_document(metadata)
    layout = crud.layout(metadata, store)
    sizes = dict(zip(map(tuple, layout.indices.tolist()), layout.nbytes.tolist(), strict=True))
    return list(stored_shards(document, Location(store, ""), sizes))


@pytest.mark.parametrize("place", ["start", "end"])
@pytest.mark.parametrize("checksum", [[Crc32cCodec()], []])
def test_subchunks_are_counted(place: Any, checksum: list[Any]) -> None:
    """Catches an index that is looked for at the other end."""
    store = MemoryStore()
    codec = ShardingCodec(
        chunk_shape=(3, 2),
        codecs=[BytesCodec()],
        index_codecs=[BytesCodec(), *checksum],
        index_location=place,
    )
    array = zarr.create_array(
        store, shape=(7, 5), chunks=(6, 4), dtype="i4", serializer=codec, compressors=None
    )
    array[...] = VALUES
    assert [
        (one.chunk, one.subchunks, one.dead_nbytes) for one in found(array.metadata, store)
    ] == [
        ((0, 0), 4, 0),
        ((0, 1), 2, 0),
        ((1, 0), 2, 0),
        ((1, 1), 1, 0),
    ]


def test_each_fault_is_one_of_its_shard() -> None:
    """Catches a fault that hides those of the other shards."""
    _, metadata, store = shards()
    put(store, "c/0/0", get(store, "c/0/0")[:-1] + b"?")
    put(store, "c/0/1", b"short")
    value = get(store, "c/1/0")
    put(store, "c/1/0", b"dead" + value)
    said = {one.chunk: [kind for kind, _ in one.faults] for one in found(metadata, store)}
    assert said[0, 0] == ["damaged-index"]
    assert said[0, 1] == ["damaged-index"]
    assert "truncated" not in said[1, 0]
    assert said[1, 1] == []


def test_shards_that_are_encoded_whole_say_why_they_are_not_read() -> None:
    """Catches a wrong finding about a shard that a codec changes after it was made."""
    store = MemoryStore()
    plain = zarr.create_array(store, data=VALUES, chunks=(3, 2), shards=(6, 4))
    assert why_unread(as_document(plain.metadata)) is None
    members = as_document(plain.metadata)
    codecs: Any = [*members["codecs"], {"name": "crc32c"}]  # type: ignore[misc]
    over = as_document({**members, "codecs": codecs})
    assert why_unread(over)
    assert list(stored_shards(over, Location(store, ""), {(0, 0): 100})) == []
    raw = zarr.create_array({}, data=VALUES, chunks=(3, 2)).metadata
    assert why_unread(as_document(raw)) is None
