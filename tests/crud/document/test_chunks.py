"""Which chunks the codecs of an array can divide into subchunks."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from tests.crud.test_bad_documents import rectilinear, regular, sharding, v2_members
from tests.crud.test_document import document_members
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud import DocumentError
from zarr.crud._document.chunks import MAX_SHAPES, _all_shapes, check_chunks

BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
TURNED = {"name": "transpose", "configuration": {"order": [1, 0]}}


def shards(*subchunk: int, inside: list[Any] | None = None) -> dict[str, Any]:
    """A sharding codec with subchunks of a given shape."""
    made = sharding(inside or [BYTES], [BYTES])
    return {**made, "configuration": {**made["configuration"], "chunk_shape": list(subchunk)}}


GOOD: list[tuple[Any, list[Any]]] = [
    (regular(4, 6), [shards(2, 3)]),
    (regular(4, 6), [TURNED, shards(3, 4)]),
    (regular(4, 6), [TURNED, TURNED, shards(4, 3)]),
    (regular(4, 6), [shards(4, 6, inside=[TURNED, shards(6, 2)])]),
    (rectilinear([4, 2, 6], 6), [shards(2, 3)]),
    (rectilinear([4, 2, 6], 6), [TURNED, shards(6, 2)]),
]
BAD: list[tuple[Any, list[Any], str]] = [
    (regular(4, 6), [TURNED, shards(4, 3)], "[4, 3] in 'sharding_indexed', which do not divide"),
    (regular(4, 6), [shards(4, 6, inside=[TURNED, shards(4, 6)])], "the shape [6, 4] that shards"),
    (regular(4, 6), [TURNED, shards(3)], "do not divide the shape [6, 4]"),
    (rectilinear([4, 2, 6], 6), [TURNED, shards(6, 4)], "[6, 4] in 'sharding_indexed'"),
]


def metadata_of(grid: Any, codecs: list[Any], monkeypatch: pytest.MonkeyPatch) -> ArrayV3Metadata:
    """Zarr's metadata object for an array that zarr itself does not check."""
    monkeypatch.setattr(zarr.codecs.ShardingCodec, "validate", lambda *_, **__: None)
    members = document_members(shape=[12, 6], chunk_grid=grid, codecs=codecs)
    with zarr.config.set({"array.rectilinear_chunks": True}):
        return ArrayV3Metadata.from_dict(members)


@pytest.mark.parametrize(("grid", "codecs"), GOOD)
def test_subchunks_that_divide_every_shard_pass(
    grid: Any, codecs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches extents compared on the wrong axis, or with the largest shard only."""
    check_chunks(metadata_of(grid, codecs, monkeypatch))


@pytest.mark.parametrize(("grid", "codecs", "words"), BAD)
def test_subchunks_that_do_not_divide_a_shard_are_refused(
    grid: Any, codecs: list[Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches shards that are checked in the order of axes before a transposition."""
    with pytest.raises(DocumentError) as caught:
        check_chunks(metadata_of(grid, codecs, monkeypatch))
    assert words in str(caught.value)


def test_an_array_of_format_2_has_no_subchunks() -> None:
    """Catches a search for codecs of format 3 in an array of format 2."""
    check_chunks(ArrayV2Metadata.from_dict(v2_members()))


def test_shapes_of_chunks_are_listed_up_to_a_limit() -> None:
    """Catches a list of all shapes of chunks that does not fit in memory."""
    assert len(_all_shapes([range(64), range(MAX_SHAPES // 64)])) == MAX_SHAPES
    assert _all_shapes([]) == [()]
    with pytest.raises(DocumentError, match="chunks of more than 4096 shapes"):
        _all_shapes([range(10**6)] * 40)
