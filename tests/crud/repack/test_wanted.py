"""What callers want."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import pytest

import zarr
from zarr import crud
from zarr.codecs import BytesCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec
from zarr.crud._document.cache import as_document
from zarr.crud._repack.wanted import Wanted, extents, target_members

PLAIN: Any = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i4").metadata
SHARDED: Any = zarr.create_array(
    {}, shape=(7, 5), chunks=(3, 2), shards=(6, 4), dtype="i4"
).metadata
OLD: Any = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i4", zarr_format=2).metadata


def made(metadata: Any, **wanted: Any) -> Any:
    return as_document(target_members(as_document(metadata), Wanted(**wanted)))


def test_nothing_wanted_changes_nothing() -> None:
    """Catches a document that is spelled anew although nothing changes."""
    for metadata in (PLAIN, SHARDED, OLD):
        assert made(metadata) == as_document(metadata)


def test_chunks_and_shards_are_those_that_upstream_would_make() -> None:
    """Catches a document that differs from the one that `create_array` stores."""
    for wanted in (
        {"chunks": (2, 5)},
        {"chunks": (2, 5), "shards": (4, 5)},
        {"shards": (6, 4)},
        {"chunks": 2, "shards": 6},
    ):
        members: Any = {"chunks": (3, 2), **wanted}
        upstream: Any = zarr.create_array({}, shape=(7, 5), dtype="i4", **members).metadata
        assert made(PLAIN, **wanted).array == upstream, wanted
    assert made(SHARDED, shards=False).array == PLAIN
    assert made(SHARDED, shards=()).array == PLAIN
    assert made(SHARDED, chunks=(2, 2)).array.codecs[0].chunk_shape == (2, 2)


def test_parts_of_the_codecs_are_replaced_within_shards_too() -> None:
    """Catches compressors that are put behind the shards, or a part that is lost."""
    for metadata in (PLAIN, SHARDED):
        found = made(
            metadata, compressors=[GzipCodec(level=2)], filters=TransposeCodec(order=(1, 0))
        )
        codecs = found.array.codecs
        inner = codecs[0].codecs if metadata is SHARDED else codecs
        assert inner == (TransposeCodec(order=(1, 0)), BytesCodec(), GzipCodec(level=2))
        raw = made(metadata, compressors=(), serializer=BytesCodec(endian="big")).array.codecs
        assert (raw[0].codecs if metadata is SHARDED else raw) == (BytesCodec(endian="big"),)


def test_a_chain_may_have_shards_of_its_own() -> None:
    """Catches a sharding codec that is put into the shards that are there."""
    codec = ShardingCodec(chunk_shape=(1, 2), codecs=[BytesCodec(), ZstdCodec()])
    ways: list[Any] = [{"codecs": [codec]}, {"serializer": codec, "compressors": ()}]
    for wanted in ways:
        found = made(SHARDED, **wanted)
        assert found.array.codecs[0].chunk_shape == (1, 2)
        assert found.chunk_shape == (6, 4)


def test_shards_after_a_transposition_keep_their_axes() -> None:
    """Catches subchunks whose axes are exchanged."""
    codec = ShardingCodec(chunk_shape=(2, 3), codecs=[BytesCodec()])
    members: Any = dict(as_document(PLAIN))
    grid: Any = {"name": "regular", "configuration": {"chunk_shape": [6, 4]}}
    codecs = [TransposeCodec(order=(1, 0)).to_dict(), codec.to_dict()]
    source = as_document({**members, "chunk_grid": grid, "codecs": codecs})
    flat = as_document(target_members(source, Wanted(shards=False)))
    assert flat.chunk_shape == (3, 2)
    smaller: Any = as_document(target_members(source, Wanted(chunks=(1, 4)))).array
    assert smaller.codecs[1].chunk_shape == (4, 1)


def test_format_2_takes_codecs_of_both_kinds() -> None:
    """Catches a compressor of format 3 in a document of format 2."""
    for codec in (numcodecs.GZip(3), GzipCodec(level=3), {"id": "gzip", "level": 3}):
        assert made(OLD, compressors=codec).array.compressor == numcodecs.GZip(3)
    assert made(OLD, compressors=()).array.compressor is None
    assert made(OLD, chunks=(7, 1)).array.chunks == (7, 1)
    with pytest.raises(crud.UnsupportedError, match="one compressor"):
        made(OLD, compressors=[numcodecs.GZip(), numcodecs.Zlib()])
    with pytest.raises(crud.UnsupportedError, match="no shards"):
        made(OLD, shards=(6, 4))


def test_a_codec_without_a_name_can_be_replaced_on_the_way_to_format_3() -> None:
    """Catches an archive that cannot be moved because of a codec that is given up."""
    members: Any = dict(as_document(OLD))
    source = as_document(
        {**members, "filters": [{"id": "categorize", "labels": ["a"], "dtype": "U1"}]}
    )
    with pytest.raises(crud.UnsupportedError, match="categorize"):
        target_members(source, Wanted(zarr_format=3))
    found: Any = as_document(target_members(source, Wanted(zarr_format=3, codecs=[BytesCodec()])))
    assert found.array.codecs == (BytesCodec(),)


def test_shards_within_another_codec_are_not_taken_away() -> None:
    """Catches an argument that does nothing, without a word."""
    codecs: list[Any] = [ShardingCodec(chunk_shape=(3, 2), codecs=[BytesCodec()]), ZstdCodec()]
    source: Any = {**as_document(SHARDED), "codecs": [codec.to_dict() for codec in codecs]}
    with pytest.raises(crud.UnsupportedError, match=r"shards=False cannot take away .*'zstd'"):
        made(source, shards=False)
    assert made(source, codecs=[BytesCodec()], shards=False).array.codecs == (BytesCodec(),)
    assert made(PLAIN, shards=False) == as_document(PLAIN)


def test_extents_are_numbers_for_each_axis() -> None:
    """Catches a shape of another rank."""
    assert extents(3, 2, "chunks") == (3, 3)
    assert extents([], 0, "chunks") == ()
    with pytest.raises(ValueError, match="use 2 numbers"):
        extents((1, 2, 3), 2, "chunks")
    with pytest.raises(TypeError, match=r"shards is 0\.5"):
        extents(0.5, 2, "shards")
