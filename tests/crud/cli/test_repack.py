"""`repack` stores arrays anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import zarr
from tests.crud.cli.conftest import DEPTH, fill
from tests.crud.cli.running import error, found, run
from zarr.storage import LocalStore


def test_the_layout_is_what_was_asked_for(ocean: Path, tmp_path: Path) -> None:
    """Catches a flag that is dropped."""
    run(
        *("repack", ocean / "depth", tmp_path / "a.zarr", "--chunks", "2,2", "--shards", "4,4"),
        *("--compressor", "zstd:level=5", "--compressor", "crc32c", "--max-memory", "1G"),
    )
    array = zarr.open_array(LocalStore(tmp_path / "a.zarr"), mode="r")
    assert (array.chunks, array.shards) == ((2, 2), (4, 4))
    assert [type(one).__name__ for one in array.compressors] == ["ZstdCodec", "Crc32cCodec"]
    assert np.array_equal(array[...], DEPTH)
    run("repack", tmp_path / "a.zarr", tmp_path / "b.zarr", "--shards", "none")
    assert zarr.open_array(LocalStore(tmp_path / "b.zarr"), mode="r").shards is None
    run("repack", tmp_path / "a.zarr", tmp_path / "c.zarr", "--compressor", "none")
    assert zarr.open_array(LocalStore(tmp_path / "c.zarr"), mode="r").compressors == ()


def test_a_part_is_taken(ocean: Path, tmp_path: Path) -> None:
    """Catches another part than the one that was named."""
    run("repack", ocean / "depth", tmp_path / "a.zarr", "--region", "1:4, 2:")
    array = zarr.open_array(LocalStore(tmp_path / "a.zarr"), mode="r")
    assert np.array_equal(array[...], DEPTH[1:4, 2:])


def test_the_format_is_changed_with_consolidated_metadata(tmp_path: Path) -> None:
    """Catches what upstream's `migrate` refuses."""
    fill(LocalStore(tmp_path / "old.zarr"), zarr_format=2)
    zarr.consolidate_metadata(LocalStore(tmp_path / "old.zarr"), zarr_format=2)
    assert (tmp_path / "old.zarr" / ".zmetadata").exists()
    run("repack", tmp_path / "old.zarr", tmp_path / "new.zarr", "--format", "3", "--verify")
    assert found("info", tmp_path / "new.zarr" / "depth")["zarr_format"] == 3
    assert found("diff", tmp_path / "old.zarr", tmp_path / "new.zarr")["ok"]


def test_two_passes_leave_nothing_behind(tmp_path: Path) -> None:
    """Catches a folder for elements in between that is not used, or not emptied."""
    values = np.arange(10_000, dtype="i4").reshape(100, 100)
    zarr.create_array(LocalStore(tmp_path / "rows.zarr"), data=values, chunks=(1, 100))
    where = ("repack", tmp_path / "rows.zarr", tmp_path / "columns.zarr", "--chunks", "100,1")
    run(*where, "--scratch", tmp_path / "between", "--max-memory", "4K")
    array = zarr.open_array(LocalStore(tmp_path / "columns.zarr"), mode="r")
    assert np.array_equal(array[...], values)
    assert not [path for path in (tmp_path / "between").rglob("*") if path.is_file()]


def test_mistakes_are_one_sentence(ocean: Path, tmp_path: Path) -> None:
    """Catches a traceback, or a target that is begun."""
    where = (ocean / "depth", tmp_path / "a.zarr")
    error("repack", *where, "--chunks", "0", status=2)
    error("repack", *where, "--max-memory", "much", status=2)
    error("repack", *where, "--region", "[1]", status=2)
    assert "zars" in error("repack", *where, "--chunks", "4,4", "--engine", "zars", status=2)
    error("repack", *where, "--chunks", "4,4,4", status=2)
    error("repack", *where, "--compressor", "none-such", status=2)
    error("repack", ocean / "none", tmp_path / "a.zarr")
    assert not (tmp_path / "a.zarr").exists()


def test_a_shape_that_does_not_fit_is_a_wrong_argument(tmp_path: Path) -> None:
    """Catches an error that does not say for which array, or that looks like a defect."""
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("plane", shape=(7, 5), chunks=(3, 2), dtype="i2")
    group.create_array("line", shape=7, chunks=3, dtype="i2")
    wrong = ("repack", tmp_path / "a.zarr", tmp_path / "b.zarr", "--shards", "6,4")
    message = error(*wrong, status=2)
    assert message.startswith("shards is (6, 4); use 1 numbers of elements")
    assert message.endswith("array 'line' of the source; nothing was written")
    assert not (tmp_path / "b.zarr").exists()
