"""One call: which chunks it covers, and how it handles missing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import LITTLE, ZSTD, Bridge, bridged, document, local, ramp, sharding

if TYPE_CHECKING:
    from pathlib import Path


SHARDED = (sharding((3, 2), LITTLE, ZSTD),)


@pytest.mark.parametrize("codecs", [(LITTLE, ZSTD), SHARDED])
def test_a_covered_chunk_is_never_read(codecs: tuple[Any, ...]) -> None:
    """Catches a needless read before a write, including one at the edges."""
    bridge = Bridge()
    ours = bridged(bridge, document(chunks=(6, 4), codecs=codecs))
    ours.write(ramp((6, 4)), (0, 1, 6), (0, 1, 4))
    if codecs != SHARDED:
        # A shard keeps what is beyond the array's end, so shards at the edge are read.
        ours.write_all(ramp((7, 5)))
        ours.write(ramp((1, 1)), (6, 1, 1), (4, -1, 1))
    assert bridge.asked == []
    ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    assert bridge.asked == [[("c/0/0", None, None)]]


@pytest.mark.parametrize("codecs", [(LITTLE, ZSTD), SHARDED])
def test_a_partial_write_keeps_the_rest(tmp_path: Path, codecs: tuple[Any, ...]) -> None:
    """Catches neighbours that are overwritten with the fill value."""
    ours = local(tmp_path, document(chunks=(6, 4), codecs=codecs))
    ours.write_all(ramp((7, 5)))
    ours.write(np.zeros((2, 2), "i4"), (2, 3, 2), (1, 2, 2))
    expected = ramp((7, 5))
    expected[2:6:3, 1:4:2] = 0
    np.testing.assert_array_equal(ours.read_all(), expected)


@pytest.mark.parametrize("codecs", [(LITTLE,), (sharding((1, 2)),)])
def test_a_shrunk_array_grows_back_as_in_zarr_python(
    tmp_path: Path, codecs: tuple[Any, ...]
) -> None:
    """Catches a chunk that keeps what is beyond the array's end, or a shard that loses it."""
    large = local(tmp_path, document((6, 4), (3, 4), codecs=codecs))
    small = local(tmp_path, document((2, 3), (3, 4), codecs=codecs))
    large.write_all(ramp((6, 4)))
    small.write_all(ramp((2, 3)))
    expected = ramp((6, 4))[:3] if codecs != (LITTLE,) else np.zeros((3, 4), "i4")
    expected[:2, :3] = ramp((2, 3))
    np.testing.assert_array_equal(large.read((0, 1, 3), (0, 1, 4)), expected)


def test_missing_shards_and_chunks_follow_the_option() -> None:
    """Catches fill values where an error was requested."""
    for codecs in ((LITTLE,), (sharding((3, 1)),)):
        text = document(codecs=codecs)
        ours = bridged(Bridge(), text, missing_chunks="error")
        with pytest.raises(RuntimeError, match=r"chunk-not-found: .*c/1/2"):
            ours.read((4, 1, 1), (4, 1, 1))
        assert not bridged(Bridge(), text).read_all().any()
