"""A source that changes while the extension copies it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.faults.support import Faults, calls

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("engine", ["zarrs"])

COPY = """
    try:
        crud.repack(root, target, engine=engine)
    except OSError as err:
        print(err.errno, err.filename, err.strerror)
"""


def test_a_file_that_grows_while_it_is_copied_is_refused(
    engine: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches the bytes that a file had at first, which are no value that anybody stored."""
    root, target, log = tmp_path / "root", tmp_path / "target", tmp_path / "log"
    array: Any = zarr.create_array(
        root, shape=(4, 4), chunks=(4, 4), dtype="i4", compressors=None, fill_value=0
    )
    array[...] = 5
    source = root / "c/0/0"
    rules = "read:HOLD:root/c/0/0"
    with faults.started(COPY, root, engine, rules, log, target=str(target)) as child:
        child.reach(lambda: log.exists() and ("read", "c/0/0") in calls(log, root), "the copy")
        with source.open("ab") as file:
            file.write(b"more")
        source.with_name("0.go").touch()
        found = child.finish()
    text = "it has 68 bytes, not 64: it was changed meanwhile"
    assert found == f"{errno.EIO} {source} {text}\n"
    assert not (target / "c/0/0").exists()
    assert not (target / "zarr.json").exists()
