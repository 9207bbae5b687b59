"""The arguments of `verify_chunks`, and what it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bridge, bridged, document, local, ramp, sharding

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bindings.support import Bound


def verify(bound: Bound, indices: Any, **options: Any) -> list[int | None] | None:
    """Verify chunks of an array."""
    given = zb.Options(**options) if options else None
    return zb.verify_chunks(bound.text, bound.store, indices, "", given)


def test_sizes_come_in_the_order_of_the_indices(tmp_path: Path) -> None:
    """Catches a size of another chunk, and a call that is not counted."""
    ours = local(tmp_path, document())
    ours.write_all(ramp((7, 5)))
    (tmp_path / "c/1/1").unlink()
    before = zb.counters()
    assert verify(ours, [(2, 2), (1, 1), (0, 0)]) == [24, None, 24]
    after = zb.counters()
    assert after["verify_chunks"] == before["verify_chunks"] + 1
    assert after["chunks_decoded"] == before["chunks_decoded"] + 2
    assert verify(ours, []) == []


def test_what_has_to_be_read_is_left_to_reads(tmp_path: Path) -> None:
    """Catches a store, an option or a codec whose reads do more than this."""
    assert verify(bridged(Bridge(), document()), []) is None
    assert verify(local(tmp_path, document((6, 4), (6, 4), codecs=(sharding((3, 2)),))), []) is None
    plain = local(tmp_path, document())
    assert verify(plain, [], chunk_cache=1) is None
    assert verify(plain, [], direct_io=True) is None
    assert verify(plain, [], concurrency=1) == []


@pytest.mark.parametrize("index", [(0,), (0, 3), (3, 0), (0, 0, 0), (-1, 0), ("0", 0), (2**64, 0)])
def test_an_index_outside_of_the_grid_is_refused(index: Any, tmp_path: Path) -> None:
    """Catches a chunk that is looked for although no array has it."""
    with pytest.raises(Exception, match=r"grid|convert|integer|interpreted"):
        verify(local(tmp_path, document()), [(0, 0), index])
