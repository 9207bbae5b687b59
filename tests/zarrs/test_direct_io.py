"""Options of calls with direct I/O."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.storage import MemoryStore, ZipStore
from zarr.zarrs import counters
from zarr.zarrs._direct_io import DirectOptions, NoDirectIOError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VALUES = np.arange(35).reshape(7, 5)


def test_they_are_the_same_options_and_stay_so_when_one_is_replaced() -> None:
    """Catches an option that is lost, and direct I/O that ends where a call limits its threads."""
    options = crud.Options(concurrency=3, durability="fsync", memory_pool=7)
    direct = DirectOptions.of(options)
    assert asdict(direct) == asdict(options)
    assert direct != options
    assert type(replace(direct, concurrency=1)) is DirectOptions


def array_in(store: Any) -> Any:
    return zarr.create_array(store, data=VALUES, chunks=(3, 2)).metadata


def test_calls_of_the_engine_follow_them(tmp_path: Path) -> None:
    """Catches a verb on whose way the option is lost."""
    document, direct = array_in(tmp_path), DirectOptions.of(crud.Options())
    given: dict[str, Any] = {"engine": "zarrs", "options": direct}
    calls: dict[str, list[Callable[[], object]]] = {
        "bytes_read_directly": [
            lambda: crud.read_region(document, tmp_path, ..., **given),
            lambda: crud.read_chunk(document, tmp_path, (1, 1), **given),
        ],
        "bytes_written_directly": [
            lambda: crud.write_region(document, tmp_path, ..., VALUES + 1, **given),
            lambda: crud.write_chunk(document, tmp_path, (1, 1), np.full((3, 2), 9), **given),
        ],
    }
    for counter, verbs in calls.items():
        for call in verbs:
            before = counters()[counter]
            call()
            assert counters()[counter] > before


def test_another_store_is_an_error() -> None:
    """Catches a store without files that ignores the option."""
    store = MemoryStore()
    document, direct = array_in(store), DirectOptions.of(crud.Options())
    with pytest.raises(NoDirectIOError, match="direct_io"):
        crud.read_region(document, store, ..., engine="zarrs", options=direct)
    with pytest.raises(crud.UnsupportedError, match="direct_io"):
        crud.write_region(document, store, ..., 5, engine="zarrs", options=direct)
    assert np.array_equal(zarr.open_array(store)[...], VALUES)


def test_an_archive_is_an_error_also_among_others(tmp_path: Path) -> None:
    """Catches an archive that is read through the page cache because files are read with it."""
    direct, place = DirectOptions.of(crud.Options()), tmp_path / "folder"
    document = array_in(place)
    with ZipStore(tmp_path / "x.zip", mode="w") as archive:
        array_in(archive)
    with ZipStore(tmp_path / "x.zip", mode="r") as archive:
        reads: list[Any] = [(document, store, ...) for store in (place, archive)]
        with pytest.raises(NoDirectIOError, match="direct_io"):
            crud.read_regions(reads, engine="zarrs", options=direct)


@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_a_folder_in_place_of_a_chunk_has_its_own_error(tmp_path: Path, shards: Any) -> None:
    """Catches what is no file that counts as a file system without direct I/O."""
    array = zarr.create_array(tmp_path, data=VALUES, chunks=(3, 2), shards=shards)
    (tmp_path / "c/0/0").unlink()
    (tmp_path / "c/0/0").mkdir()
    direct = DirectOptions.of(crud.Options())
    with pytest.raises(IsADirectoryError):
        crud.read_region(array.metadata, tmp_path, ..., engine="zarrs", options=direct)


def test_a_chunk_that_takes_several_transfers(tmp_path: Path) -> None:
    """Catches a place that does not move with the transfers, of 4 MiB, or their end."""
    values = np.arange((9 << 18) + 3, dtype="i4")
    array = zarr.create_array(tmp_path, data=values, chunks=values.shape, compressors=None)
    given: dict[str, Any] = {"engine": "zarrs", "options": DirectOptions.of(crud.Options())}
    for part in (slice(None), slice(5, None)):
        found = crud.read_region(array.metadata, tmp_path, part, **given)
        assert np.array_equal(found, values[part])
    crud.write_region(array.metadata, tmp_path, ..., values[::-1], **given)
    assert np.array_equal(array[...], values[::-1])
