"""Sizes that codecs make whatever the elements: known where they are, and only there."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from zarr import crud
from zarr.codecs import Crc32cCodec, TransposeCodec, ZstdCodec
from zarr.crud._document.cache import as_document
from zarr.crud._layout.fixed_sizes import fixed_size, fixed_subchunk_size


def document(**options: Any) -> crud.Document:
    """The document of an array of (7, 5) over (3, 2)."""
    options = {"dtype": "i4", "compressors": None, **options}
    return as_document(zarr.create_array({}, shape=(7, 5), chunks=(3, 2), **options).metadata)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, 24),
        ({"zarr_format": 2}, 24),
        ({"zarr_format": 2, "compressors": "auto"}, None),
        ({"compressors": Crc32cCodec()}, 28),
        ({"compressors": ZstdCodec()}, None),
        ({"compressors": [Crc32cCodec(), ZstdCodec()]}, None),
        ({"filters": [TransposeCodec(order=(1, 0))]}, 24),
        ({"dtype": str}, None),
        ({"dtype": "S5", "zarr_format": 2}, 30),
        ({"shards": (6, 4)}, None),
    ],
)
def test_a_size_is_known_or_not(options: dict[str, Any], size: int | None) -> None:
    """Catches a valid chunk that would be reported, or a raw one that is never compared."""
    made = document(**options)
    assert fixed_size(made, (3, 2)) == size
    if size is not None:
        assert len(crud.encode_chunk(made, 1 if "dtype" not in options else "a")) == size


@pytest.mark.parametrize(("inner", "size"), [(None, 24), (Crc32cCodec(), 28), (ZstdCodec(), None)])
def test_the_size_of_subchunks_is_known_or_not(inner: Any, size: int | None) -> None:
    """Catches the size of the shard, or one without the checksum."""
    assert fixed_subchunk_size(document(shards=(6, 4), compressors=inner)) == size
    assert fixed_subchunk_size(document()) is None
