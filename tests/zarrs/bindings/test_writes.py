"""Writes that lose nothing: what is read first, what is kept, what is left on the disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.zarrs.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    bridged,
    document,
    files,
    local,
    ramp,
    sharding,
    upstream,
)

if TYPE_CHECKING:
    from pathlib import Path

SHARDED = (sharding((3, 2), LITTLE, ZSTD),)


@pytest.mark.parametrize("codecs", [(LITTLE, ZSTD), SHARDED])
def test_a_covered_chunk_is_never_read(codecs: tuple[Any, ...]) -> None:
    """Catches a read before a write whose result would be thrown away: at the edges too."""
    bridge = Bridge()
    ours = bridged(bridge, document(chunks=(6, 4), codecs=codecs))
    ours.write(ramp((6, 4)), (0, 1, 6), (0, 1, 4))
    if codecs != SHARDED:
        # What a shard holds beyond the array's end is kept, so those at the edge are read.
        ours.write_all(ramp((7, 5)))
        ours.write(ramp((1, 1)), (6, 1, 1), (4, -1, 1))
    assert bridge.asked == []
    ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    assert bridge.asked == [[("c/0/0", None, None)]]


@pytest.mark.parametrize("codecs", [(LITTLE, ZSTD), SHARDED])
def test_a_partial_write_keeps_the_rest(tmp_path: Path, codecs: tuple[Any, ...]) -> None:
    """Catches neighbours that are overwritten by the fill value."""
    ours = local(tmp_path, document(chunks=(6, 4), codecs=codecs))
    ours.write_all(ramp((7, 5)))
    ours.write(np.zeros((2, 2), "i4"), (2, 3, 2), (1, 2, 2))
    expected = ramp((7, 5))
    expected[2:6:3, 1:4:2] = 0
    np.testing.assert_array_equal(ours.read_all(), expected)


def test_untouched_subchunks_stay_as_they_are_stored() -> None:
    """Catches subchunks that are decoded and encoded anew without need."""
    bridge = Bridge()
    ours = bridged(bridge, document((6, 4), (6, 4), codecs=SHARDED))
    ours.write_all(ramp((6, 4)))
    before = zb.counters()
    ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    after = zb.counters()
    done = {name: after[name] - before[name] for name in ("chunks_decoded", "chunks_encoded")}
    assert done == {"chunks_decoded": 1, "chunks_encoded": 1}


FILLS: list[tuple[str, object, list[Any]]] = [
    ("float32", 0.0, [0.0, -0.0, np.nan, 1.0]),
    ("float64", -0.0, [0.0, -0.0]),
    ("float16", "NaN", [np.nan, 1.0, np.inf]),
    ("float32", "0x7fc00001", [np.nan]),
    ("complex64", [0.0, 0.0], [0j, complex(-0.0, 0.0), complex(0, np.nan)]),
    ("complex128", ["NaN", 0.0], [complex(np.nan, 1), complex(1, np.nan), 0j]),
    ("bool", True, [True, False]),
    ("uint8", 255, [255, 0]),
    ("int64", -(2**63), [-(2**63), 0]),
]


@pytest.mark.parametrize(("dtype", "fill", "values"), FILLS)
@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("keep", [False, True])
def test_empty_chunks_are_left_out_as_by_upstream_but_for_what_only_compares_alike(
    tmp_path: Path, dtype: str, fill: object, values: list[Any], *, sharded: bool, keep: bool
) -> None:
    """Catches an erased -0.0 or NaN, a fill value that is stored, and other differences."""
    codecs = (sharding((1, 2)),) if sharded else (LITTLE,)
    text = document((2, 4), (2, 2), dtype, fill, codecs)
    for value in values:
        name = str(value).replace("/", "")
        theirs = upstream(tmp_path / f"theirs{name}", text)
        theirs = theirs.with_config({"write_empty_chunks": keep})
        ours = local(tmp_path / f"ours{name}", text, write_empty_chunks=keep)
        full = np.full((2, 4), theirs.fill_value, dtype)
        full[1, 2:] = value
        theirs[...] = full
        ours.write_all(full)
        assert ours.read_all().tobytes() == full.tobytes(), value
        found, expected = files(tmp_path / f"ours{name}"), files(tmp_path / f"theirs{name}")
        if full[1, 2:].tobytes() != full[0, 2:].tobytes():
            # Upstream may have dropped it; whatever upstream stores is the same.
            assert "c/0/1" in found, value
            expected = {"c/0/1": found["c/0/1"], **expected}
        assert found == expected, value


def test_an_emptied_chunk_is_deleted(tmp_path: Path) -> None:
    """Catches a chunk that stays although it holds nothing any more."""
    for codecs in ((LITTLE,), (sharding((3, 2)),)):
        ours = local(tmp_path, document(chunks=(6, 4), codecs=codecs))
        ours.write_all(ramp((7, 5)))
        ours.write(np.zeros((6, 4), "i4"), (0, 1, 6), (0, 1, 4))
        assert "c/0/0" not in files(tmp_path)
        ours.write(np.zeros((7, 5), "i4"), (0, 1, 7), (0, 1, 5))
        assert files(tmp_path) == {}


@pytest.mark.parametrize("codecs", [(LITTLE,), SHARDED])
def test_values_are_replaced_and_not_written_through(
    tmp_path: Path, codecs: tuple[Any, ...]
) -> None:
    """Catches writing in place: hard-linked snapshots and open files keep the old bytes."""
    ours = local(tmp_path, document(chunks=(6, 4), codecs=codecs))
    ours.write_all(ramp((7, 5)))
    chunk = tmp_path / "c" / "0" / "0"
    snapshot = tmp_path / "snapshot"
    snapshot.hardlink_to(chunk)
    old = chunk.read_bytes()
    with chunk.open("rb") as held:
        ours.write(-ramp((1, 5)), (0, 1, 1), (0, 1, 5))
        assert held.read() == old
    assert snapshot.read_bytes() == old != chunk.read_bytes()


def test_a_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    """Catches leftovers beside the chunk when it cannot be replaced."""
    ours = local(tmp_path, document())
    (tmp_path / "c" / "0" / "0").mkdir(parents=True)
    with pytest.raises(OSError, match="c/0/0"):
        ours.write_chunk(ramp((3, 2)), 0, 0)
    assert files(tmp_path) == {}


def test_leftovers_of_a_crash_stop_nobody(tmp_path: Path) -> None:
    """Catches a fixed temporary name that wedges a chunk for ever."""
    ours = local(tmp_path, document())
    (tmp_path / "c" / "0").mkdir(parents=True)
    for name in ("0.partial", "0.1f.partial"):
        (tmp_path / "c" / "0" / name).write_bytes(b"half")
    ours.write_all(ramp((7, 5)))
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))


def test_a_read_only_store_refuses_before_any_work(tmp_path: Path) -> None:
    """Catches writes through a read-only handle, of either kind."""
    bridge = Bridge()
    text = document()
    stores = (
        zb.FilesystemStore(os.fsencode(tmp_path), read_only=True),
        zb.PythonStore(bridge, read_only=True),
    )
    for store in stores:
        assert store.read_only
        ours = Bound(text, store)
        with pytest.raises(RuntimeError, match="read-only: "):
            ours.write_all(ramp((7, 5)))
        with pytest.raises(RuntimeError, match="read-only: "):
            ours.write_chunk(ramp((3, 2)), 0, 0)
        np.testing.assert_array_equal(ours.read_all(), np.zeros((7, 5), "i4"))
    assert (files(tmp_path), bridge.values) == ({}, {})


@pytest.mark.parametrize("codecs", [(LITTLE,), (sharding((1, 2)),)])
def test_a_shrunk_array_grows_back_as_in_zarr_python(
    tmp_path: Path, codecs: tuple[Any, ...]
) -> None:
    """A chunk that is covered holds nothing beyond; a shard keeps what it held there."""
    large = local(tmp_path, document((6, 4), (3, 4), codecs=codecs))
    small = local(tmp_path, document((2, 3), (3, 4), codecs=codecs))
    large.write_all(ramp((6, 4)))
    small.write_all(ramp((2, 3)))
    expected = ramp((6, 4))[:3] if codecs != (LITTLE,) else np.zeros((3, 4), "i4")
    expected[:2, :3] = ramp((2, 3))
    np.testing.assert_array_equal(large.read((0, 1, 3), (0, 1, 4)), expected)
