"""The smallest encoded pieces of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

import zarr
from tests.crud.repack.cases import ARRAYS
from zarr.codecs import BytesCodec, ShardingCodec, TransposeCodec
from zarr.crud._document.cache import as_document
from zarr.crud._repack.pieces import PieceForm, piece_form_of, without_shards

GRID: Any = {"name": "regular", "configuration": {"chunk_shape": [6, 4]}}


def piece(name: str) -> PieceForm:
    made = piece_form_of(as_document(zarr.create_array({}, shape=(7, 5), **ARRAYS[name]).metadata))
    assert isinstance(made, PieceForm)
    return made


def test_chunks_and_subchunks_of_one_chain_are_the_same_pieces() -> None:
    """Catches pieces that are taken for others because shards hold them, or another format."""
    assert piece("3").codecs == piece("3-shards").codecs == piece("3-nan").codecs
    assert piece("3").shape == piece("3-shards").shape == piece("2").shape == (3, 2)
    assert not piece("3").is_sharded
    assert piece("3-shards").is_sharded
    assert piece("3-big").codecs != piece("3").codecs


def test_checksums_are_apart_from_the_core() -> None:
    """Catches a checksum that keeps pieces from being moved."""
    found = piece("3-crc")
    assert found.checksums == 1
    assert found.core == found.codecs[:-1]
    assert piece("3").checksums == 0


def test_an_index_is_turned_into_the_arrays_own_order_of_axes() -> None:
    """Catches axes of a shard's index that are exchanged."""
    members: Any = dict(as_document(zarr.create_array({}, shape=(7, 5), **ARRAYS["3"]).metadata))
    sharding = ShardingCodec(chunk_shape=(2, 3), codecs=[BytesCodec()])
    codecs = [TransposeCodec(order=(1, 0)).to_dict(), sharding.to_dict()]
    found = piece_form_of(as_document({**members, "chunk_grid": GRID, "codecs": codecs}))
    assert isinstance(found, PieceForm)
    assert found.shape == (3, 2)
    index = np.arange(6).reshape(3, 2)
    assert np.array_equal(found.own_order(index), index.T)
    assert np.array_equal(found.of_codec(found.own_order(index)), index)
    flat = without_shards(as_document({**members, "chunk_grid": GRID, "codecs": codecs}), (2, 2))
    assert [codec.to_dict()["name"] for codec in flat.array.codecs] == ["transpose", "bytes"]  # type: ignore[union-attr]


def test_what_has_no_such_pieces_says_why() -> None:
    """Catches pieces that do not mean the same apart from each other."""
    members: Any = dict(as_document(zarr.create_array({}, shape=(7, 5), **ARRAYS["3"]).metadata))
    sharding = ShardingCodec(chunk_shape=(3, 2), codecs=[BytesCodec()])
    delta = {"name": "numcodecs.delta", "configuration": {"dtype": "<i4"}}
    wrapped = [sharding.to_dict(), {"name": "crc32c"}]
    chains: Any = (([delta, sharding.to_dict()], "before"), (wrapped, "not plain shards"))
    for codecs, text in chains:
        found = piece_form_of(as_document({**members, "chunk_grid": GRID, "codecs": codecs}))
        assert isinstance(found, str)
        assert text in found
