"""Indices of shards; the oracle is what upstream's sharding codec stores."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.codecs import BytesCodec, Crc32cCodec, ShardingCodec, TransposeCodec
from zarr.crud._archives.shard_index import (
    MISSING,
    ShardIndex,
    decode_index,
    encode_index,
    grid_of,
    index_nbytes,
    index_span,
    read_index,
)
from zarr.crud._document.cache import as_document
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore

VALUES = np.arange(1, 36, dtype="i2").reshape(7, 5)


def sharded(*before: Any, subchunk: tuple[int, ...] = (2, 3), **changes: Any) -> Any:
    """An array of shards of 4 rows and 6 columns, whose subchunks have no compressor."""
    store = MemoryStore()
    serializer = ShardingCodec(chunk_shape=subchunk, codecs=[BytesCodec()], **changes)
    array = zarr.create_array(
        store,
        shape=(7, 5),
        chunks=(4, 6),
        dtype="i2",
        filters=before,
        serializer=serializer,
        compressors=None,
        fill_value=0,
    )
    return array, store


@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("codecs", [[BytesCodec()], [BytesCodec(endian="big"), Crc32cCodec()]])
def test_an_index_says_where_upstream_stored_the_subchunks(location: str, codecs: Any) -> None:
    """Catches offsets of another byte order, or relative to another byte of the value."""
    array, store = sharded(index_location=location, index_codecs=codecs)
    array[...] = VALUES
    document = crud.read_metadata(store)
    for shard in product(range(2), range(1)):
        value = crud.read_encoded_chunk(document, store, shard)
        assert value is not None
        start, stop = index_span(document, len(value), shard)
        assert stop - start == index_nbytes(document) == 16 * 4 + 4 * (len(codecs) - 1)
        found = read_index(document, value[start:stop], len(value), shard)
        assert np.array_equal(found.offsets, read_index(document, value, len(value)).offsets)
        assert encode_index(document, found) == value[start:stop]
        for at in np.ndindex(grid_of(document)):
            corner = [4 * s + 2 * a for s, a in zip(shard[:1], at[:1], strict=True)] + [3 * at[1]]
            padded = np.zeros((8, 6), "i2")
            padded[:7, :5] = VALUES
            part = padded[corner[0] : corner[0] + 2, corner[1] : corner[1] + 3]
            first, nbytes = int(found.offsets[at]), int(found.nbytes[at])
            if found.present[at]:
                assert value[first : first + nbytes] == part.tobytes()
            else:
                assert (first, nbytes) == (MISSING, MISSING)
                assert not part.any()


def test_the_grid_has_the_axes_of_the_codec() -> None:
    """Catches an index that is read in the array's order of axes although it is transposed."""
    with pytest.warns(ZarrUserWarning, match="partial reads"):
        array, _ = sharded(TransposeCodec(order=(1, 0)), subchunk=(2, 4))
    assert grid_of(as_document(array.metadata)) == (3, 1)


def damaged(change: Any) -> tuple[crud.Document, bytes]:
    array, store = sharded()
    array[...] = VALUES
    document = crud.read_metadata(store)
    value = crud.read_encoded_chunk(document, store, (0, 0))
    assert value is not None
    found = read_index(document, value, len(value))
    body = value[: -index_nbytes(document)]
    index = ShardIndex(found.offsets.copy(), found.nbytes.copy())
    change(index)
    return document, body + encode_index(document, index)


def at_the_end(index: ShardIndex) -> None:
    index.offsets[0, 0] = 117


def overflowing(index: ShardIndex) -> None:
    index.offsets[0, 0], index.nbytes[0, 0] = MISSING - 3, 12


def half_missing(index: ShardIndex) -> None:
    index.offsets[0, 0] = MISSING


@pytest.mark.parametrize("change", [at_the_end, overflowing, half_missing])
def test_a_subchunk_outside_of_its_shard_is_an_error(change: Any) -> None:
    """Catches bytes of something else, or a missing subchunk, in place of an error."""
    document, value = damaged(change)
    with pytest.raises(crud.DecodeError, match=r"'c/0/0' in here .*subchunk \(0, 0\) has .* bytes"):
        read_index(document, value, len(value), key="c/0/0", store="here")
    assert encode_index(document, decode_index(document, value, len(value))) == value[-68:]


def test_a_damaged_or_short_index_is_an_error() -> None:
    """Catches a checksum that is not compared, and a value that is too short."""
    document, value = damaged(lambda _: None)
    flipped = value[:-5] + bytes([value[-5] ^ 1]) + value[-4:]
    with pytest.raises(crud.DecodeError, match="checksum of the shard's index"):
        read_index(document, flipped, len(value))
    for short in (b"", value[-10:]):
        with pytest.raises(crud.DecodeError, match="less than the 68 of its index"):
            read_index(document, short, len(short))


def test_what_has_no_index_is_refused() -> None:
    """Catches chunks, or shards that another codec wraps, that are taken for shards."""
    plain = zarr.create_array({}, shape=4, chunks=2, dtype="i2").metadata
    with pytest.raises(crud.UnsupportedError, match="not sharded"):
        index_nbytes(as_document(plain))
    array, _ = sharded()
    members: Any = dict(as_document(array.metadata))
    wrapped = {**members, "codecs": [*members["codecs"], {"name": "crc32c"}]}
    with pytest.raises(crud.UnsupportedError, match="not plain shards"):
        index_nbytes(as_document(wrapped))
