"""Repacks on a cluster of dask, whose workers die."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from distributed import Client, LocalCluster

import zarr
from zarr import crud
from zarr.crud import Progress
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALUES = np.arange(600 * 8, dtype="i4").reshape(600, 8)
WAYS: list[dict[str, Any]] = [{}, {"shards": (2, 8)}, {"compressors": ()}]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    """Two workers, each a process."""
    # Called as untyped: they have no annotations.
    start: Any = LocalCluster
    call: Any = Client
    options: Any = {"dashboard_address": ":0", "local_directory": str(tmp_path / "scratch")}
    with (
        start(n_workers=2, threads_per_worker=1, **options) as c,
        call(c) as made,
    ):
        yield made


@pytest.mark.parametrize("number", range(3))
def test_a_worker_that_dies_loses_nothing(number: int, client: Any, tmp_path: Path) -> None:
    """Catches chunks that are lost with a worker, and a client that waits forever."""
    source, target = LocalStore(tmp_path / "s"), LocalStore(tmp_path / "t")
    zarr.create_array(source, data=VALUES, chunks=(1, 8))
    victims = list(client.run(os.getpid).values())[:1]

    def kill_one(_: Progress) -> None:
        while victims:
            os.kill(victims.pop(), signal.SIGKILL)

    report = crud.repack(source, target, client=client, progress=kill_one, **WAYS[number])
    assert report.ok
    assert not victims
    assert np.array_equal(zarr.open_array(target)[...], VALUES)


def test_damage_is_told_by_the_workers(client: Any, tmp_path: Path) -> None:
    """Catches an error of a worker that does not arrive, or without its place."""
    source, target = LocalStore(tmp_path / "s"), LocalStore(tmp_path / "t")
    array: Any = zarr.create_array(source, data=VALUES, chunks=(1, 8))
    crud.write_encoded_chunk(array.metadata, source, (7, 0), b"?")
    with pytest.raises(crud.DecodeError, match="c/7/0"):
        crud.repack(source, target, client=client, compressors=())
    report = crud.repack(
        source, target, client=client, compressors=(), resume=True, keep_going=True
    )
    assert [failure.chunk for failure in report.failures] == [(7, 0)]
