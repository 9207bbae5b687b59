"""Upstream writes the arrays that every peer reads, and they hold the expected data."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from bench.layouts import COMPRESSORS, Layout, stored, terrain
from tests.bench.cases import RAGGED, SHARDED


@pytest.mark.parametrize("codec", COMPRESSORS)
@pytest.mark.parametrize("shard", [None, (6, 4)])
def test_a_filled_array_holds_its_data(
    codec: str, shard: tuple[int, ...] | None, tmp_path: Path
) -> None:
    """Catches peers that are compared on one array and checked against another."""
    layout = Layout((7, 5), (3, 2), codec, shard)
    layout.create(tmp_path / "a", filled=True)
    found = zarr.open_array(tmp_path / "a", mode="r")
    assert (found.chunks, found.shards) == ((3, 2), shard)
    np.testing.assert_array_equal(found[...], layout.data())
    np.testing.assert_array_equal(stored(tmp_path / "a"), layout.data())
    names = [type(codec).__name__.lower() for codec in found.compressors]
    assert names == [] if codec == "raw" else names[0].startswith(codec)


@pytest.mark.parametrize("layout", [RAGGED, SHARDED])
def test_an_array_that_is_not_filled_has_no_chunks(layout: Layout, tmp_path: Path) -> None:
    """Catches a row "write new" that replaces chunks."""
    layout.create(tmp_path / "a", filled=False)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["zarr.json"]
    np.testing.assert_array_equal(stored(tmp_path / "a"), np.zeros((7, 5), "u2"))


def test_no_engine_of_ours_writes_or_reads_for_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an engine that checks its own bytes."""
    engines = []

    def noted(call: Any) -> Any:
        def noting(*args: Any, **kwargs: Any) -> Any:
            made = call(*args, **kwargs)
            engines.append(made.engine)
            return made

        return noting

    for name in ("open_array", "create_array"):
        monkeypatch.setattr(zarr, name, noted(getattr(zarr, name)))
    with zarr.config.set({"array.engine": "zarrs"}):
        RAGGED.create(tmp_path / "a", filled=True)
        stored(tmp_path / "a")
    assert engines == ["zarr", "zarr"]


def test_the_data_are_the_same_in_every_run_and_compress_a_little() -> None:
    """Catches ratios from two runs with different data, or noise that no codec can compress."""
    data = terrain((40, 50))
    terrain.cache_clear()
    np.testing.assert_array_equal(terrain((40, 50)), data)
    assert not data.flags.writeable
    assert data.dtype == np.uint16
    assert 1.3 < data.nbytes / len(zlib.compress(data.tobytes())) < 6
    assert terrain((7, 0)).shape == (7, 0)
