"""What of an array's metadata many arrays may have."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from zarr._engine.metadata.fixed_parts import may_be_shared
from zarr.codecs import BytesCodec, ShardingCodec, TransposeCodec, ZstdCodec

MADE: dict[str, Any] = {"shape": (4, 4), "chunks": (2, 2), "store": None}


class OwnZstd(ZstdCodec):
    """A codec of somebody else, which may hold anything."""


class OwnZlib(numcodecs.Zlib):  # type: ignore[misc]
    """The same for format 2."""


def metadata(**given: Any) -> Any:
    """The metadata of a new array."""
    return zarr.create_array(**{**MADE, "dtype": "f4", **given}).metadata


FIXED: dict[str, dict[str, Any]] = {
    "number": {},
    "shards": {"shards": (4, 4)},
    "transposed": {"filters": [TransposeCodec(order=(1, 0))]},
    "text": {"dtype": str, "fill_value": ""},
    "NaN": {"fill_value": np.nan},
    "boolean": {"dtype": bool},
    "format 2": {"zarr_format": 2},
    "format 2, bare": {"zarr_format": 2, "compressors": None, "dtype": ">i2"},
}
OTHERS: dict[str, dict[str, Any]] = {
    "codec of others": {"compressors": [OwnZstd()]},
    "in shards": {"shards": (4, 4), "compressors": [OwnZstd()]},
    "bytes": {"dtype": "V4", "fill_value": b"\0" * 4},
    "structure": {"dtype": [("a", "i4")]},
    "time": {"dtype": "M8[s]"},
    "edges of chunks": {"chunks": [[1, 3], [2, 2]]},
    "filters of format 2": {"zarr_format": 2, "filters": [numcodecs.Delta("f4")]},
    "codec of others in format 2": {"zarr_format": 2, "compressors": OwnZlib()},
    "time in format 2": {"zarr_format": 2, "dtype": "M8[s]"},
}


@pytest.mark.parametrize("name", FIXED)
def test_common_arrays_share_their_metadata(name: str) -> None:
    """Catches an array whose document is parsed again and again."""
    assert may_be_shared(metadata(**FIXED[name]))


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("name", OTHERS)
def test_what_may_change_is_not_shared(name: str) -> None:
    """Catches a codec with a state, or a fill value in memory, that two arrays have."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        assert not may_be_shared(metadata(**OTHERS[name]))


def test_members_of_others_are_not_shared() -> None:
    """Catches an extra field or a mark that a copy would share with the original."""
    for name, value in (
        ("extra_fields", {"x": {"must_understand": False}}),
        ("storage_transformers", ({"name": "x"},)),
        ("_stored_document", {}),
        ("_spelled_fill_value", ["0x7fc12345"]),
        ("codecs", (ShardingCodec(chunk_shape=(2, 2)), BytesCodec())),
    ):
        changed = metadata()
        object.__setattr__(changed, name, value)
        assert not may_be_shared(changed), name


def test_metadata_of_format_2_that_zarr_reads_otherwise_is_not_shared() -> None:
    """Catches a chunk of length 0, which stands for another, and a mark of a repair."""
    for name, value in (("chunks", (0, 2)), ("_stored_document", {})):
        changed = metadata(zarr_format=2)
        object.__setattr__(changed, name, value)
        assert not may_be_shared(changed), name
    assert not may_be_shared({"zarr_format": 2})
