"""Processes: fork and spawn after use, and up-to-date reads after changes by others."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.patience import HANG
from zarr import crud
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

# Large enough that the extension's thread pool is used.
VALUES = np.arange(1 << 20, dtype="i4").reshape(1024, 1024)


def read_all(path: str) -> int:
    """Read everything in a worker, and return the sum."""
    return int(np.asarray(zarr.open_array(path, engine="zarrs")[...]).sum())


def write_row(path: str, row: int) -> None:
    """Write one row, which shares its chunks with other rows."""
    zarr.open_array(path, engine="zarrs")[row] = row


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A local array that this process has read and written with the thread pool."""
    zarr.create_array(tmp_path, data=VALUES, chunks=(100, 300))
    array = zarr.open_array(tmp_path, engine="zarrs")
    array[...] = VALUES
    assert_same(array[...], VALUES)
    return str(tmp_path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_reads_and_writes_after_use_in_the_parent(path: str) -> None:
    """Catches an inherited pool that waits forever, because threads do not survive a fork."""
    child = os.fork()
    if child == 0:
        signal.alarm(int(HANG))
        ok = read_all(path) == VALUES.sum()
        write_row(path, 5)
        os._exit(0 if ok else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    array = zarr.open_array(path, engine="zarrs")
    assert (np.asarray(array[5]) == 5).all()
    assert_same(array[6], VALUES[6])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", sorted(set(multiprocessing.get_all_start_methods())))
def test_worker_pools_of_every_start_method_work(path: str, method: str) -> None:
    """Catches worker pools, as data loaders use them, that hang or return wrong data."""
    with multiprocessing.get_context(method).Pool(2) as pool:
        sums = pool.map_async(read_all, [path] * 4).get(timeout=HANG)
        pool.starmap_async(write_row, [(path, row) for row in (0, 200, 400)]).get(timeout=HANG)
    assert sums == [VALUES.sum()] * 4
    assert (np.asarray(zarr.open_array(path)[400]) == 400).all()


def test_an_open_array_sees_what_another_process_changed(path: str) -> None:
    """Catches a cache that hides a replaced or deleted chunk."""
    array = zarr.open_array(path, engine="zarrs")
    assert_same(array[0, :3], VALUES[0, :3])
    code = (
        f"import zarr; a = zarr.open_array({path!r}, engine='zarrs'); a[0:100, 0:300] = 7;"
        "a[100:200, 0:300] = 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (np.asarray(array[0:100, 0:300]) == 7).all()
    assert (np.asarray(array[100:200, 0:300]) == 0).all()
    crud.delete_node(path)
    assert (np.asarray(array[...]) == 0).all()


def test_a_killed_writer_leaves_old_or_new_and_no_obstacle(path: str) -> None:
    """Catches a mixture of old and new after a kill, and leftovers that stop the next writer."""
    code = (
        f"import zarr; a = zarr.open_array({path!r}, engine='zarrs')\n"
        "print('go', flush=True)\n"
        "while True:\n"
        "    a[...] = 1\n"
        "    a[...] = 2\n"
    )
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            array = zarr.open_array(path, engine="zarrs")
            for _ in range(20):
                chunk = crud.read_chunk(array.metadata, LocalStore(path), (3, 2), engine="zarrs")
                assert np.unique(chunk[:, :300]).size in (1, chunk.size)
            writer.kill()
        for index in np.ndindex(11, 4):
            chunk = crud.read_chunk(array.metadata, LocalStore(path), index, engine="reference")
            inside = chunk[: 1024 - index[0] * 100, : 1024 - index[1] * 300]
            assert np.unique(inside).size in (1, inside.size)
    array[...] = VALUES
    assert_same(array[...], VALUES)
    # A leftover temporary file counts neither as a chunk nor as a member.
    assert array.nchunks_initialized == 44
    assert list(zarr.open_array(path).metadata.shape) == [1024, 1024]


def test_an_overwrite_replaces_the_file_instead_of_writing_through_it(tmp_path: Path) -> None:
    """Catches a changed hard-linked snapshot or link target."""
    zarr.create_array(tmp_path / "a", data=VALUES[:8, :8], chunks=(8, 8), compressors=None)
    chunk = tmp_path / "a" / "c" / "0" / "0"
    snapshot, elsewhere = tmp_path / "snapshot", tmp_path / "elsewhere"
    os.link(chunk, snapshot)
    chunk.rename(elsewhere)
    chunk.symlink_to(elsewhere)
    array = zarr.open_array(tmp_path / "a", engine="zarrs")
    array[0, 0] = 99
    assert snapshot.read_bytes() == elsewhere.read_bytes() == VALUES[:8, :8].tobytes()
    assert array[0, 0] == 99
    assert not chunk.is_symlink()
