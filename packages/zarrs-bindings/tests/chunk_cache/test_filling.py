"""Decoded chunks of files: kept while the file is unchanged, and no longer."""

from __future__ import annotations

import os
import shutil
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import (
    BIG,
    LITTLE,
    ZSTD,
    Bound,
    blosc,
    document,
    done,
    local,
    ramp,
    sharding,
)
from tests.patience import HANG, in_thread, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Seconds for which a file must have been unchanged, and a little more.
REST = 3.2
CACHE: dict[str, Any] = {"chunk_cache": 1 << 20}
VALUES = ramp((7, 5))
OTHERS = VALUES + 1000

# What is decoded to be read: by a codec, in a shard, or only by turning bytes around.
LAYOUTS: dict[str, str] = {
    "zstd": document(codecs=(LITTLE, ZSTD)),
    "blosc": document(codecs=(LITTLE, blosc())),
    "big": document(codecs=(BIG,)),
    "shard": document(chunks=(6, 2), codecs=(sharding((3, 1), LITTLE, ZSTD),)),
    "nested": document(chunks=(6, 2), codecs=(sharding((3, 2), sharding((3, 1), LITTLE, ZSTD)),)),
    "float": document(dtype="float64", fill="NaN", codecs=(LITTLE, ZSTD)),
}
CHANGED = [f"changed{number}" for number in range(6)]


@pytest.fixture(scope="module")
def rested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Arrays whose files have been unchanged for long enough."""
    root = tmp_path_factory.mktemp("rested")
    for name, text in LAYOUTS.items():
        bound = local(root / name, text)
        bound.write_all(VALUES.astype(bound.dtype))
    for name in (*CHANGED, "writers", "fork", "copy", "own", "deleted"):
        local(root / name, LAYOUTS["zstd"]).write_all(VALUES)
    local(root / "raw", document()).write_all(VALUES)
    local(root / "damaged", document(codecs=(LITTLE, {"name": "crc32c"}))).write_all(VALUES)
    path = root / "damaged/c/0/0"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    many = local(root / "many", document((64,), (4,), codecs=(LITTLE, ZSTD)))
    many.write_all(ramp((64,)))
    shutil.copytree(root / "zstd", root / "same", copy_function=os.link)
    time.sleep(REST)
    return root


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """The cache holds nothing, before and after each test."""
    zb.chunk_cache_clear()
    yield
    zb.chunk_cache_clear()


def decoded(ours: Bound) -> int:
    """How many chunks a read of all decodes."""
    return done(ours.read_all)["chunks_decoded"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_chunk_is_decoded_once(rested: Path, name: str) -> None:
    """Catches chunks that are decoded again, elements out of place, and wrong counts."""
    ours = local(rested / name, LAYOUTS[name], **CACHE)
    values = VALUES.astype(ours.dtype)
    assert ours.read(4, 3) == values[4, 3]
    assert zb.chunk_cache_info()[:3] == (0, 1, 1)
    assert np.array_equal(ours.read((0, 2, 4), (4, 1, 1)), values[0:8:2, 4:])
    first = decoded(ours)
    hits, misses, entries, nbytes, _, bound = zb.chunk_cache_info()
    assert (misses, bound) == (entries, 1 << 20)
    assert decoded(ours) == 0 < first
    found = ours.read_all()
    assert np.array_equal(found, values)
    assert zb.chunk_cache_info()[0] == hits + 2 * entries
    size = {"float": 48, "shard": 12}.get(name, 24)
    assert nbytes == entries * (size + 512)
    # A result is the caller's.
    found[...] = 0
    assert np.array_equal(ours.read_all(), values)
    assert ours.read_chunk(0, 0)[1, 1] == values[1, 1]


def test_what_is_read_whole_is_kept_when_it_is_read_again(rested: Path) -> None:
    """Catches a copy of each chunk that is read once, and chunks that are decoded each time."""
    ours = local(rested / "many", document((64,), (4,), codecs=(LITTLE, ZSTD)), **CACHE)
    counts = []
    for _ in range(3):
        counts.append(decoded(ours))
        assert np.array_equal(ours.read_chunk(3), ramp((64,))[12:16])
    # One chunk was read twice before the second round.
    assert counts == [16, 15, 0]
    assert zb.chunk_cache_info()[2:4] == (16, 16 * (16 + 512))


def test_nothing_is_kept_without_the_option(rested: Path) -> None:
    """Catches a cache that is used by calls that do not ask for it."""
    ours = local(rested / "zstd", LAYOUTS["zstd"])
    local(rested / "zstd", LAYOUTS["zstd"], **CACHE).read_all()
    before = zb.chunk_cache_info()
    assert decoded(ours) == 9
    assert zb.chunk_cache_info() == before
    zb.chunk_cache_clear()
    ours.read_all()
    assert zb.chunk_cache_info() == (0, 0, 0, 0, 0, 0)


def test_what_is_raw_in_a_file_is_not_kept(rested: Path) -> None:
    """Catches memory that is spent on what the system caches itself."""
    ours = local(rested / "raw", document(), **CACHE)
    assert np.array_equal(ours.read_all(), VALUES)
    assert zb.chunk_cache_info()[:4] == (0, 0, 0, 0)


def replace(path: Path, value: bytes) -> None:
    path.with_name("new").write_bytes(value)
    path.with_name("new").rename(path)


def recreate(path: Path, value: bytes) -> None:
    path.unlink()
    path.write_bytes(value)


def in_place(path: Path, value: bytes) -> None:
    """Change the bytes, but not the inode or the modification time."""
    before = path.stat()
    with path.open("r+b") as file:
        file.truncate(len(value))
        file.write(value)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def linked(path: Path, value: bytes) -> None:
    other = path.with_name("other")
    other.write_bytes(value)
    path.unlink()
    path.hardlink_to(other)


def moved(path: Path, value: bytes) -> None:
    """Replace the whole array."""
    array = path.parents[2]
    target = array.with_name(f"{array.name}.new")
    shutil.copytree(array, target)
    (target / path.relative_to(array)).write_bytes(value)
    shutil.rmtree(array)
    target.rename(array)


def in_another_process(path: Path, value: bytes) -> None:
    if not (child := os.fork()):
        try:
            replace(path, value)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


CHANGES: list[Callable[[Path, bytes], None]] = [
    replace,
    recreate,
    in_place,
    linked,
    moved,
    in_another_process,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_chunk_is_seen_at_once(
    rested: Path, change: Callable[[Path, bytes], None]
) -> None:
    """Catches a chunk that outlives its file, even if that changes again in the same moment."""
    root = rested / CHANGED[CHANGES.index(change)]
    ours = local(root, LAYOUTS["zstd"], **CACHE)
    values = VALUES.copy()
    path = root / "c/0/0"
    stored = [path.read_bytes()]
    for start in (1000, 2000):
        values[:3, :2] = start + np.arange(6).reshape(3, 2)
        other = local(root.with_name(f"other{start}"), LAYOUTS["zstd"])
        other.write_all(values)
        stored.append((root.with_name(f"other{start}") / "c/0/0").read_bytes())
    assert [ours.read(1, 1), decoded(ours), decoded(ours)] == [VALUES[1, 1], 8, 0]
    for number in (1, 2, 1, 0):
        change(path, stored[number])
        assert ours.read(1, 1) == [VALUES[1, 1], 1003, 2003][number]
    path.unlink()
    assert ours.read(1, 1) == 0


def test_a_chunk_that_is_damaged_or_truncated_is_an_error_at_once(rested: Path) -> None:
    """Catches damage that the cache hides."""
    ours = local(rested / "deleted", LAYOUTS["zstd"], **CACHE)
    assert ours.read(1, 1) == VALUES[1, 1]
    path = rested / "deleted/c/0/0"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(RuntimeError, match="decode-failed"):
        ours.read(1, 1)
    path.unlink()
    strict = local(rested / "deleted", LAYOUTS["zstd"], missing_chunks="error", **CACHE)
    with pytest.raises(RuntimeError, match="chunk-not-found"):
        strict.read(1, 1)
    assert ours.read(1, 1) == 0


def test_our_own_writes_are_seen_and_evict(rested: Path) -> None:
    """Catches a chunk that outlives a write of its own process, and one that is kept too soon."""
    ours = local(rested / "own", LAYOUTS["zstd"], **CACHE)
    ours.read_all()
    ours.write(np.array([[7, 8]], "i4"), (0, 1, 1), (0, 1, 2))
    assert [ours.read(0, 0), ours.read(0, 1), ours.read(1, 1)] == [7, 8, VALUES[1, 1]]
    # It was changed a moment ago, so nothing shows whether it changes again.
    assert zb.chunk_cache_info()[2] == 8
    ours.write_chunk(np.zeros((3, 2), "i4"), 1, 1)
    assert ours.read(3, 2) == 0


def test_other_metadata_is_another_chunk(rested: Path) -> None:
    """Catches bytes that were decoded as another document says."""
    for text, expected in (
        (LAYOUTS["zstd"], VALUES[1, 1]),
        (document(codecs=(BIG, ZSTD)), VALUES[1:2, 1].byteswap()[0]),
        (document(dtype="uint32", codecs=(LITTLE, ZSTD)), VALUES[1, 1]),
        (document(chunks=(2, 3), codecs=(LITTLE, ZSTD)), VALUES[2, 0]),
        (document((70, 50), codecs=(LITTLE, ZSTD), attributes={"a": 1}), VALUES[1, 1]),
    ):
        for name in ("zstd", "same"):
            ours = local(rested / name, text, **CACHE)
            assert [int(ours.read(1, 1)) for _ in range(2)] == [expected] * 2
    # The last one differs only in what decoding does not depend on.
    assert zb.chunk_cache_info()[1:3] == (8, 8)


def test_what_was_not_checked_is_not_kept(rested: Path) -> None:
    """Catches a checksum that is never compared because an earlier read skipped it."""
    text = document(codecs=(LITTLE, {"name": "crc32c"}))
    careless = local(rested / "damaged", text, validate_checksums=False, **CACHE)
    assert [careless.read(0, 0) for _ in range(2)] == [1, 1]
    with pytest.raises(RuntimeError, match="decode-failed"):
        local(rested / "damaged", text, **CACHE).read(0, 0)
    assert zb.chunk_cache_info()[2] == 0


@pytest.mark.parametrize("bound", [1, 16 + 511, 16 + 512, 3 * (16 + 512) + 5, 2**63 - 1])
def test_the_bound_is_kept(rested: Path, bound: int) -> None:
    """Catches a cache that outgrows its bound, or keeps less than it could."""
    text = document((64,), (4,), codecs=(LITTLE, ZSTD))
    ours = local(rested / "many", text, chunk_cache=bound)
    for start in (0, 20, 3):
        assert np.array_equal(ours.read((start, 3, 14)), ramp((64,))[start : start + 42 : 3])
        ours.read((0, 3, 22))
        _, _, entries, nbytes, _, known = zb.chunk_cache_info()
        assert (nbytes, known) == (entries * 528, bound)
        assert entries == min(16, bound // 528)


def test_threads_read_what_others_write(rested: Path) -> None:
    """Catches a mixture of two chunks, an old one after a newer one, and threads that hang."""
    text = LAYOUTS["zstd"]
    ours = local(rested / "writers", text, chunk_cache=2 * (24 + 512) + 40)
    written, stop = [0] * 9, threading.Event()
    failures: list[str] = []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            chunk = (number % 3, number // 3 % 3)
            local(rested / "writers", text).write_chunk(np.full((3, 2), number, "i4"), *chunk)
            written[3 * chunk[0] + chunk[1]] = number

    def read(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(150):
            chunk = rng.integers(0, 3, 2)
            least = written[3 * chunk[0] + chunk[1]]
            found = ours.read_chunk(*map(int, chunk))
            inside = found[: 7 - 3 * chunk[0], : 5 - 2 * chunk[1]]
            if least and not (inside == inside[0, 0]).all():
                failures.append(f"a mixture: {found}")
            if least and inside[0, 0] < least:
                failures.append(f"{inside[0, 0]} after {least}")
        assert zb.chunk_cache_info()[3] <= 2 * (24 + 512) + 40

    writer = in_thread(write)
    readers = [in_thread(partial(read, seed)) for seed in range(32)]
    join(*readers)
    stop.set()
    join(writer)
    assert not failures, failures[:3]


def test_a_forked_child_begins_without_chunks(rested: Path) -> None:
    """Catches a child that waits for a lock of its parent's threads, or counts inherited memory."""
    ours = local(rested / "fork", LAYOUTS["zstd"], **CACHE)
    ours.read_all()
    assert zb.chunk_cache_info()[2] == 9
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            ours.read_all()

    threads = [in_thread(busy) for _ in range(4)]
    try:
        for _ in range(20):
            if not (child := os.fork()):
                empty = zb.chunk_cache_info()[2:4] == (0, 0)
                right = np.array_equal(ours.read_all(), VALUES)
                os._exit(0 if empty and right and zb.chunk_cache_info()[2] == 9 else 1)
            end = time.monotonic() + HANG
            while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
                assert time.monotonic() < end, "a child hangs"
                time.sleep(0.002)
            assert ended[1] == 0
    finally:
        stop.set()
        join(*threads)
