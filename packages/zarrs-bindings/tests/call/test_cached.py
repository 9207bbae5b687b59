"""Which chunks of a call are kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    document,
    done,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path

TEXT = document(codecs=(LITTLE, ZSTD))


def immutable(text: str, **options: Any) -> Bound:
    """An array in a store in Python whose values are never replaced, with a cache."""
    chosen = zb.Options(chunk_cache=1 << 20, immutable_store=True, **options)
    return Bound(text, zb.PythonStore(Bridge()), options=chosen)


@pytest.fixture(autouse=True)
def empty() -> None:
    """The cache holds nothing."""
    zb.chunk_cache_clear()


def test_a_chunk_that_the_budget_refuses_is_an_error_even_if_it_is_cached() -> None:
    """Catches a limit that depends on what was read before."""
    ours = immutable(TEXT)
    ours.write_all(ramp((7, 5)))
    assert ours.read(0, 0) == ours.read(0, 0) == 1
    ours.options = zb.Options(chunk_cache=1 << 20, immutable_store=True, decoded_size_budget=23)
    with pytest.raises(RuntimeError, match="budget"):
        ours.read(0, 0)


def test_chunks_of_several_shapes_are_kept_apart(tmp_path: Path) -> None:
    """Catches chunks of a rectilinear grid that are taken for chunks of another grid."""
    texts = []
    for edges in ([2, 1, 4], [1, 2, 4]):
        grid = {"kind": "inline", "chunk_shapes": [edges, [5]]}
        members: dict[str, Any] = {"chunk_grid": {"name": "rectilinear", "configuration": grid}}
        texts.append(document(codecs=(LITTLE, ZSTD), **members))
    values = ramp((7, 5))
    for number, text in enumerate(texts):
        local(tmp_path / str(number), text).write_all(values)
    time.sleep(3.2)
    for number, text in enumerate(texts):
        ours = local(tmp_path / str(number), text, chunk_cache=1 << 20)
        assert np.array_equal(ours.read((0, 1, 7), (0, 2, 3)), values[:, ::2])
        assert done(ours.read_all)["chunks_decoded"] == 0
        assert np.array_equal(ours.read_all(), values)
    assert zb.chunk_cache_info()[:3] == (12, 6, 6)


def test_subchunks_are_kept_and_whole_shards_are_not() -> None:
    """Catches a shard of which one subchunk is wanted, but that is kept whole."""
    ours = immutable(document(chunks=(6, 2), codecs=(sharding((3, 1), LITTLE, ZSTD),)))
    ours.write_all(ramp((7, 5)))
    assert [int(ours.read(row, 1)) for row in (4, 5, 4)] == [22, 27, 22]
    assert zb.chunk_cache_info()[:4] == (2, 1, 1, 12 + 512)
