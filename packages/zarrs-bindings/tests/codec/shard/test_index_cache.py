"""Cached shard indexes: trusted for as long as the file is unchanged, and no longer."""

from __future__ import annotations

import os
import shutil
import struct
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import LITTLE, Bound, document, done, local, ramp, sharding
from tests.patience import HANG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Seconds for which a file must have been unchanged, and a little more.
AT_REST = 3
REST = AT_REST + 0.2
COUNT, FILL = 8, -1
TEXT = document((COUNT,), (COUNT,), fill=FILL, codecs=(sharding((1,)),))
PLAIN = sharding((1,))
PLAIN["configuration"]["index_codecs"] = [LITTLE]
LYING = document((4,), (4,), codecs=(PLAIN,))
# An index of 6.4 MB.
LARGE = 400_000
LARGE_TEXT = document((8 * LARGE,), (LARGE,), "uint8", codecs=(sharding((1,), LITTLE),))


def shard(absent: int, start: int) -> bytes:
    """A stored shard without one element; the offsets of the others depend on which one."""
    values = [FILL if i == absent else start + i for i in range(COUNT)]
    stored = b"".join(struct.pack("<i", value) for value in values if value != FILL)
    places = [2**64 - 1 if i == absent else 4 * (i - (i > absent)) for i in range(COUNT)]
    lengths = [2**64 - 1 if i == absent else 4 for i in range(COUNT)]
    index = b"".join(struct.pack("<QQ", *entry) for entry in zip(places, lengths, strict=True))
    return stored + index + struct.pack("<I", crc32c(index))


def crc32c(data: bytes) -> int:
    """The CRC-32C checksum, computed bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


OLD, NEW, NEWER = shard(0, 100), shard(7, 200), shard(3, 300)
NEW_VALUES = [200, 201, 202, 203, 204, 205, 206, FILL]
NEWER_VALUES = [300, 301, 302, FILL, 304, 305, 306, 307]


def store(root: Path, value: bytes) -> Path:
    path = root / "c" / "0"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(value)
    return path


NAMES = ["reads", "fork", *(f"change{i}" for i in range(8))]
DAMAGED = OLD[:-1] + bytes([OLD[-1] ^ 1])


@pytest.fixture(scope="module")
def rested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards that have been unchanged for long enough."""
    root = tmp_path_factory.mktemp("rested")
    for name in NAMES:
        store(root / name, OLD)
    store(root / "validate", DAMAGED)
    store(root / "lying", ramp((4,)).tobytes() + struct.pack("<8Q", 0, 4, 4, 4, 8, 4, 8, 4))
    ours = local(root / "large", LARGE_TEXT)
    ours.write_chunk(np.ones(LARGE, "u1"), 0)
    for number in range(1, 8):
        shutil.copyfile(root / "large/c/0", root / f"large/c/{number}")
    for number in range(40):
        store(root / "many" / str(number), OLD)
    time.sleep(REST)
    return root


def used(ours: Bound) -> tuple[int, int]:
    """The numbers of indexes that a read of one element reads, and reuses."""
    counts = done(lambda: ours.read(5))
    return counts["indexes_read"], counts["indexes_reused"]


def test_an_index_is_read_once(rested: Path) -> None:
    """Catches an index that is read for every element, or counted wrongly."""
    zb.cache_clear()
    ours = local(rested / "reads", TEXT)
    assert (used(ours), used(ours), used(ours)) == ((1, 0), (0, 1), (0, 1))
    assert list(ours.read_all()) == [FILL, 101, 102, 103, 104, 105, 106, 107]
    count, size, capacity = zb.index_cache_info()
    assert count == 1
    assert 16 * COUNT <= size <= 16 * COUNT + 1024 < capacity
    zb.cache_clear()
    assert zb.index_cache_info() == (0, 0, capacity)
    assert used(ours) == (1, 0)


def test_an_index_of_another_form_is_not_taken(rested: Path) -> None:
    """Catches an index that is looked up by its file alone, whatever the document says."""
    ours = local(rested / "reads", TEXT)
    assert list(ours.read_all())[1:3] == [101, 102]
    codec = sharding((2,), location="start")
    other = local(rested / "reads", document((COUNT,), (COUNT,), codecs=(codec,)))
    with pytest.raises(RuntimeError, match="decode-failed"):
        other.read_all()


def test_a_shard_that_was_just_written_is_not_kept(tmp_path: Path) -> None:
    """Catches an index that is kept while its file can still change within a tick of its clock.

    It may be kept if the reads took longer than a file must be unchanged; then they are repeated.
    """
    for number in range(100):
        start = time.monotonic()
        path = store(tmp_path / str(number), OLD)
        ours = local(tmp_path / str(number), TEXT)
        found = [used(ours), used(ours)]
        past = time.time() - 1000
        os.utime(path, (past, past))
        found += [used(ours), used(ours)]
        if time.monotonic() - start < AT_REST:
            break
    assert found == [(1, 0)] * 4


def replace(path: Path, value: bytes) -> None:
    path.with_name("new").write_bytes(value)
    path.with_name("new").rename(path)


def recreate(path: Path, value: bytes) -> None:
    path.unlink()
    path.write_bytes(value)


def in_place(path: Path, value: bytes) -> None:
    """Change the bytes, but not the size, the inode or the modification time."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(value)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def linked(path: Path, value: bytes) -> None:
    other = path.with_name("other")
    other.write_bytes(value)
    path.unlink()
    path.hardlink_to(other)


def folder(path: Path, value: bytes) -> None:
    """Replace the whole array."""
    array = path.parents[1]
    store(array.with_name(f"{array.name}.new"), value)
    shutil.rmtree(array)
    array.with_name(f"{array.name}.new").rename(array)


CHANGES: list[Callable[[Path, bytes], None]] = [replace, recreate, in_place, linked, folder]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_shard_is_read_anew(rested: Path, change: Callable[[Path, bytes], None]) -> None:
    """Catches an index that outlives its file, even if the file changes several times."""
    root = rested / f"change{CHANGES.index(change)}"
    ours = local(root, TEXT)
    ours.read(5)
    assert used(ours) == (0, 1)
    for value, expected in ((NEW, NEW_VALUES), (NEWER, NEWER_VALUES), (NEW, NEW_VALUES)):
        change(root / "c" / "0", value)
        assert [int(ours.read(i)) for i in range(COUNT)] == expected
        assert list(ours.read_all()) == expected


def test_what_this_library_writes_and_deletes_is_seen(rested: Path) -> None:
    """Catches an index that outlives our own writes."""
    root = rested / "change5"
    ours = local(root, TEXT)
    ours.read(5)
    assert used(ours) == (0, 1)
    ours.write(np.array([7, 8], "i4"), (0, 1, 2))
    assert list(ours.read_all()) == [7, 8, 102, 103, 104, 105, 106, 107]
    (root / "c" / "0").unlink()
    assert list(ours.read_all()) == [FILL] * COUNT


def test_a_renamed_shard_is_found_under_its_new_name(rested: Path) -> None:
    """Catches an index that belongs to a name, and is then used to read another shard."""
    root = rested / "change6"
    ours = local(root, document((2 * COUNT,), (COUNT,), fill=FILL, codecs=(sharding((1,)),)))
    ours.read(5)
    assert used(ours) == (0, 1)
    (root / "c" / "0").rename(root / "c" / "1")
    store(root, NEW)
    assert [int(ours.read(i)) for i in range(COUNT)] == NEW_VALUES
    assert [int(ours.read(COUNT + i)) for i in (0, 1, 7)] == [FILL, 101, 107]


def test_an_index_that_was_not_validated_is_not_kept(rested: Path) -> None:
    """Catches a checksum that is never verified because an earlier reader skipped it."""
    root = rested / "validate"
    careless = local(root, TEXT, validate_checksums=False)
    assert (careless.read(5), careless.read(5)) == (105, 105)
    with pytest.raises(RuntimeError, match="decode-failed"):
        local(root, TEXT).read(5)


def test_subchunks_that_overlap_are_refused_each_time(rested: Path) -> None:
    """Catches an overlap that is accepted, or a valid subchunk that is refused, the second time."""
    ours = local(rested / "lying", LYING)
    for _ in range(3):
        assert (ours.read(0), ours.read(1)) == (1, 2)
        for lie in (2, (0, 1, 4)):
            with pytest.raises(RuntimeError, match="same bytes"):
                ours.read(lie)


def test_the_kept_indexes_are_bounded(rested: Path) -> None:
    """Catches memory that grows with every shard."""
    zb.cache_clear()
    ours = local(rested / "large", LARGE_TEXT)
    for number in range(8):
        assert ours.read(number * LARGE) == 1
    count, size, capacity = zb.index_cache_info()
    assert 0 < size <= capacity == 32 << 20
    assert count == 5


def test_most_indexes_are_found_if_one_too_many_is_used_in_turn(rested: Path) -> None:
    """Catches a cache that finds nothing any more if it is one index too small."""
    zb.cache_clear()
    ours = local(rested / "large", LARGE_TEXT)

    def read() -> int:
        counts = done(lambda: [ours.read(number * LARGE) for number in range(6)])
        assert counts["indexes_read"] + counts["indexes_reused"] == 6
        return counts["indexes_read"]

    rounds = [read() for _ in range(40)]
    assert rounds[0] == 6
    assert sum(rounds[1:]) < 39 * 6 * 3 / 4


def test_a_forked_child_has_its_own(rested: Path) -> None:
    """Catches a lock that a child inherits in the locked state, and waits for forever."""
    ours = local(rested / "fork", TEXT)
    ours.read(5)
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            ours.read_all()

    threads = [threading.Thread(target=busy) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(30):
            assert child(lambda: used(ours) == (1, 0) and used(ours) == (0, 1)) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def child(work: Callable[[], bool]) -> int:
    """Exit code of a forked child that does the work; a child that hangs is killed."""
    pid = os.fork()
    if pid == 0:
        os._exit(0 if work() else 1)
    end = time.monotonic() + HANG
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return -9


def test_readers_never_see_an_index_of_another_shard(rested: Path) -> None:
    """Catches a race between looking up an index and opening its file."""
    arrays = [local(rested / "many" / str(number), TEXT) for number in range(40)]
    for ours in arrays:
        ours.read(5)
    wrong: list[object] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            for ours in arrays:
                for i in (0, 3, 7):
                    value = int(ours.read(i))
                    if value != FILL and value % 100 != i:
                        wrong.append((i, value))

    readers = [threading.Thread(target=look) for _ in range(4)]
    for thread in readers:
        thread.start()
    for turn in range(3):
        for number in range(40):
            replace(rested / "many" / str(number) / "c" / "0", (NEW, NEWER, OLD)[turn])
    stop.set()
    for thread in readers:
        thread.join()
    assert not wrong
    for ours in arrays:
        assert list(ours.read_all()) == [FILL, 101, 102, 103, 104, 105, 106, 107]
