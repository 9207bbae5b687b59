"""Readers while others write: they see the old value or the new one, and keep what they opened."""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.faults.support import Faults, array_of
from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OVERWRITE = """
    value = number
    while not os.path.exists(stop):
        value += 2
        crud.write_region(document, root, ..., value, engine=engine)
"""


@pytest.mark.parametrize("sharded", [False, True])
def test_a_reader_sees_one_version_while_processes_overwrite(
    engine: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a mixture, from a file that is written in place or opened twice for one read.

    The processes overwrite until 200 reads were made and have seen many versions.
    """
    root, stop = tmp_path / "root", tmp_path / "stop"
    document = array_of(root, (64, 64), sharded=sharded)
    crud.write_region(document, root, ..., 1)
    seen: list[int] = []

    def read() -> bool:
        for place in (..., (slice(None), 7)):
            found = crud.read_region(document, root, place, engine=engine)
            (value,) = np.unique(np.asarray(found))
            seen.append(int(value))
        return len(seen) >= 200 and len(set(seen)) > 20

    with (
        faults.started(OVERWRITE, root, engine, number=1, stop=str(stop)) as first,
        faults.started(OVERWRITE, root, "zarrs", number=2, stop=str(stop)) as second,
    ):
        first.reach(read, "many versions")
        stop.touch()
        first.finish()
        second.finish()
    assert 0 not in seen


CHANGES: dict[str, Callable[[crud.Document, Path, str], object]] = {
    "part": lambda d, root, engine: crud.write_region(d, root, (0, 0), 9, engine=engine),
    "whole": lambda d, root, engine: crud.write_region(d, root, ..., 9, engine=engine),
    "chunk": lambda d, root, engine: crud.write_chunk(d, root, (0, 0), 9, engine=engine),
    "encoded": lambda d, root, _: crud.write_encoded_chunk(d, root, (0, 0), bytes(64)),
    "delete": lambda d, root, _: crud.delete_chunk(d, root, (0, 0)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("sharded", [False, True])
def test_links_and_mapped_files_keep_the_old_bytes(
    engine: str, sharded: bool, change: str, tmp_path: Path
) -> None:
    """Catches a changed snapshot of hard links, target of a symbolic link, or mapped file."""
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=sharded)
    crud.write_region(document, root, ..., np.arange(1, 17).reshape(4, 4))
    chunk, snapshot, elsewhere = root / "c/0/0", tmp_path / "snapshot", tmp_path / "elsewhere"
    before = chunk.read_bytes()
    os.link(chunk, snapshot)
    chunk.rename(elsewhere)
    chunk.symlink_to(elsewhere)
    with elsewhere.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        CHANGES[change](document, root, engine)
        assert mapped[:] == before
    assert snapshot.read_bytes() == elsewhere.read_bytes() == before
    assert not chunk.is_symlink()


@pytest.mark.parametrize("sharded", [False, True])
def test_an_open_array_sees_what_others_did(
    engine: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a stale cache of values, files or absent chunks."""
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=sharded)
    array = zarr.open_array(root, engine=engine)
    assert array[0, 0] == 0
    faults.run("crud.write_region(document, root, ..., 5, engine='zarrs')", root, engine)
    assert array[0, 0] == 5
    faults.run("crud.write_region(document, root, (0, 0), 6, engine='reference')", root, engine)
    assert array[0, 0] == 6
    crud.delete_chunk(document, root, (0, 0))
    assert array[0, 0] == 0
