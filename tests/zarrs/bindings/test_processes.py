"""The array cache, forked children, threads, and what stays after many calls."""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.patience import HANG
from tests.zarrs.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    bridged,
    document,
    local,
    ramp,
    sharding,
)


def test_a_repeated_call_finds_its_array(tmp_path: Path) -> None:
    """Catches documents that are parsed again, and arrays that are mixed up."""
    zb.cache_clear()
    assert zb.cache_info() == (0, 0, 0, 256)
    text = document()
    ours = local(tmp_path, text)
    ours.read_all()
    ours.read_all()
    assert zb.cache_info() == (1, 1, 1, 256)
    equal = local(tmp_path, "".join(list(text)))
    equal.read_all()
    assert zb.cache_info() == (2, 1, 1, 256)
    for other in (local(tmp_path / "x", text), local(tmp_path, text + " ")):
        other.read_all()
    assert zb.cache_info() == (2, 3, 3, 256)


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    """Catches memory that grows with every array."""
    zb.cache_clear()
    ours = local(tmp_path, document())
    for i in range(600):
        ours.path = f"n{i}"
        ours.read(0, 0)
    assert zb.cache_info() == (0, 600, 256, 256)


def test_a_relative_root_is_made_absolute_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches relative roots that follow the working directory."""
    monkeypatch.chdir(tmp_path)
    ours = zb.FilesystemStore("data")
    monkeypatch.chdir("/")
    assert ours.root == bytes(tmp_path / "data")


def test_replaced_and_deleted_chunks_are_seen_at_once(tmp_path: Path) -> None:
    """Catches answers from a cache of data, of files or of directories."""
    ours = local(tmp_path / "a", document())
    ours.write_all(ramp((7, 5)))
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))
    (tmp_path / "a").rename(tmp_path / "b")
    assert not ours.read_all().any()
    local(tmp_path / "b", ours.text).write_all(-ramp((7, 5)))
    (tmp_path / "b").rename(tmp_path / "a")
    np.testing.assert_array_equal(ours.read_all(), -ramp((7, 5)))


CHILD = """
    import os, sys
    import numpy as np
    from pathlib import Path
    from tests.zarrs.bindings.support import *
    text = document((400, 400), (40, 40), codecs=(LITTLE, ZSTD))
    ours = local(Path(sys.argv[1]), text)
    ours.write_all(ramp((400, 400)))
    assert (ours.read_all() == ramp((400, 400))).all()
    children = [os.fork() for _ in range(1)]
    value = -ramp((400, 400)) if children == [0] else ramp((400, 400))
    ours.write(value[:200] if children == [0] else value[200:],
               ((0, 1, 200) if children == [0] else (200, 1, 200)), (0, 1, 400))
    got = ours.read((0, 1, 200) if children == [0] else (200, 1, 200), (0, 1, 400))
    assert (got == (value[:200] if children == [0] else value[200:])).all()
    if children == [0]:
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0
    print("both")
"""


def test_a_forked_child_works_after_use_in_the_parent(tmp_path: Path) -> None:
    """Catches a hang on threads or locks that the child does not have."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("both\n", 0), done.stderr


def disjoint(ours: Bound, size: int) -> None:
    """Writes every element of a chunk from one of eight threads."""
    start = threading.Barrier(8)

    def some(first: int) -> None:
        start.wait()
        for at in range(first, size, 8):
            ours.write(np.array([at + 1], "i4"), (at, 1, 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(some, range(8)))


@pytest.mark.parametrize("codecs", [(LITTLE, ZSTD), (sharding((8,), LITTLE, ZSTD),)])
@pytest.mark.parametrize("kind", ["files", "bridge"])
def test_threads_that_share_a_chunk_lose_no_element(
    tmp_path: Path, codecs: tuple[Any, ...], kind: str
) -> None:
    """Catches read-modify-write without a lock."""
    text = document((240,), (240,), codecs=codecs)
    ours = local(tmp_path, text) if kind == "files" else bridged(Bridge(), text)
    disjoint(ours, 240)
    np.testing.assert_array_equal(ours.read_all(), ramp((240,)))


def test_many_threads_read_and_write(tmp_path: Path) -> None:
    """Catches deadlocks and mixed-up scratch memory."""
    text = document((64, 60), (8, 60), codecs=(LITTLE, ZSTD))
    ours = local(tmp_path, text)
    ours.write_all(ramp((64, 60)))
    start = threading.Barrier(16)

    def work(number: int) -> None:
        start.wait()
        for i in range(20):
            row = (number * 7 + i) % 64
            ours.write(ramp((64, 60))[row : row + 1], (row, 1, 1), (0, 1, 60))
            np.testing.assert_array_equal(ours.read(row, (0, 1, 60)), ramp((64, 60))[row])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    np.testing.assert_array_equal(ours.read_all(), ramp((64, 60)))


def test_files_are_closed_after_success_and_failure(tmp_path: Path) -> None:
    """Catches descriptors that leak."""
    ours = local(tmp_path, document((6, 4), (6, 4), codecs=(sharding((3, 1)),)))
    ours.write_all(ramp((6, 4)))
    gc.collect()
    held = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        ours.read_all()
        ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    (tmp_path / "c" / "0" / "0").write_bytes(b"short")
    for _ in range(50):
        with pytest.raises(RuntimeError, match="decode-failed"):
            ours.read_all()
    assert len(list(Path("/proc/self/fd").iterdir())) <= held


def test_counters_tell_what_was_done(tmp_path: Path) -> None:
    """Catches counters that prove nothing."""
    before = zb.counters()
    ours = local(tmp_path, document())
    ours.write_all(ramp((7, 5)))
    ours.read_chunk(0, 0)
    ours.read((0, 1, 3), (0, 1, 4))
    after = zb.counters()
    done = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert done == {
        "write_region": 1,
        "read_chunk": 1,
        "read_region": 1,
        "chunks_encoded": 9,
        "chunks_decoded": 3,
        "bytes_written": 9 * 24,
        "bytes_read": 3 * 24,
    }
