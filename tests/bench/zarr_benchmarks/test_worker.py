"""The work of each peer, within this process."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from bench.zarr_benchmarks.cells import OURS, PYTHON, STREAMED
from bench.zarr_benchmarks.worker import Opened, main, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, values = tmp_path_factory.mktemp("arrays"), np.arange(8 * 6, dtype="u2").reshape(8, 6)
    zarr.create_array(folder / "raw", data=values, chunks=(4, 3), compressors=None)
    zarr.create_array(folder / "sharded", data=values, chunks=(2, 3), shards=(4, 3))
    return folder


@pytest.fixture(autouse=True)
def same_configuration() -> Iterator[None]:
    """Undo what a peer configures for its process."""
    pipeline = zarr.config.get("codec_pipeline.path")
    with zarr.config.set({"codec_pipeline.path": pipeline, "codec_pipeline.strict": False}):
        yield


@pytest.mark.parametrize("peer", [*PYTHON, *OURS])
def test_every_peer_reads_the_same_pieces(peer: str, arrays: Path) -> None:
    """Catches a peer that does less than the others, or that takes chunks for subchunks."""
    for name in ("raw", "sharded"):
        expected = Opened("zarr", str(arrays / name))
        array = Opened(peer, str(arrays / name))
        assert (array.shape, array.chunks, array.subchunks) == (
            expected.shape,
            expected.chunks,
            expected.subchunks,
        )
        for work, at_once in (("all", 1), ("chunks", 1), ("chunks", 2)):
            read = [main(p, str(arrays / name), work, at_once, "digest") for p in ("zarr", peer)]
            assert read[0] == read[1] != 0
    assert main(peer, str(arrays / "raw"), "open", 1, "") is None


@pytest.mark.parametrize("peer", [*PYTHON, *OURS, STREAMED])
def test_every_peer_writes_what_it_has_read(peer: str, arrays: Path, tmp_path: Path) -> None:
    """Catches a round trip that stores nothing."""
    target = tmp_path / "target"
    target.mkdir()
    shutil.copy(arrays / "sharded" / "zarr.json", target)
    main(peer, str(arrays / "sharded"), "round", 1, str(target))
    read = [main("zarr", str(path), "all", 1, "digest") for path in (arrays / "sharded", target)]
    assert read[0] == read[1]


def test_the_streamed_way_gives_the_array_itself(arrays: Path) -> None:
    """Catches a round trip that is called streamed, and has everything in memory."""
    assert isinstance(Opened(STREAMED, str(arrays / "raw")).read(...), zarr.Array)


def test_pieces_cover_a_ragged_array() -> None:
    """Catches a piece that is left out, or that reaches beyond the edge."""
    found = list(pieces((7, 5), (3, 2)))
    assert len(found) == 9
    assert found[0] == (slice(0, 3), slice(0, 2))
    assert found[-1] == (slice(6, 7), slice(4, 5))


def test_subchunks_are_more_pieces_than_chunks(arrays: Path) -> None:
    """Catches subchunks that are read as chunks."""
    array = Opened("engine zarrs", str(arrays / "sharded"))
    assert len(list(pieces(array.shape, array.chunks))) == 4
    assert len(list(pieces(array.shape, array.subchunks))) == 8
