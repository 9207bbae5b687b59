"""The codec pipeline in forked and spawned processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest

import zarr
from tests.patience import HANG
from tests.zarrs.pipeline.arrays import NAME
from zarr.storage import LocalStore

VALUES = np.arange(1 << 18, dtype="i4").reshape(512, 512)


def total(path: str) -> int:
    """Read everything in another process, by the pipeline only."""
    keys = {"codec_pipeline.path": NAME, "codec_pipeline.strict": True}
    with zarr.config.set(keys):
        return int(np.asarray(zarr.open_array(path)[...]).sum())


@pytest.fixture
def path(tmp_path: Path) -> str:
    """An array that this process has read and written with the threads of the engine."""
    with zarr.config.set({"codec_pipeline.path": NAME}):
        array = zarr.create_array(LocalStore(tmp_path), data=VALUES, chunks=(100, 300))
    assert np.array_equal(np.asarray(array[...]), VALUES)
    return str(tmp_path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_reads_and_writes(path: str) -> None:
    """Catches threads that the child waits for and does not have, as in zarrs-python."""
    with zarr.config.set({"codec_pipeline.path": NAME, "codec_pipeline.strict": True}):
        array = zarr.open_array(path)
    child = os.fork()
    if child == 0:
        signal.alarm(int(HANG))
        array[5] = 1
        fits = int(np.asarray(array[...]).sum()) == VALUES.sum() - VALUES[5].sum() + 512
        os._exit(0 if fits else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert np.array_equal(np.asarray(array[5]), np.ones(512, "i4"))


def test_a_spawned_child_reads(path: str) -> None:
    """Catches a pipeline that only the process knows in which it was configured."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(total, [path]) == [VALUES.sum()]
