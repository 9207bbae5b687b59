"""Values that are opened below the folder of the one before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

import _zarrs_bindings as zb
from tests.bindings.support import document, local, ramp

if TYPE_CHECKING:
    from pathlib import Path


def sizes(folder: Path, indices: list[Any], **members: Any) -> list[int | None]:
    """The sizes of chunks of one job."""
    ours = local(folder, document(**members))
    found = zb.verify_chunks(ours.text, ours.store, indices, "", None)
    assert found is not None
    return found


def test_each_value_is_looked_for_in_its_own_folder(tmp_path: Path) -> None:
    """Catches the folder of the value before, which has a file of the same name."""
    local(tmp_path, document()).write_all(ramp((7, 5)))
    for i in range(3):
        (tmp_path / f"c/{i}/0").write_bytes(b"1" * 24 if i == 1 else b"1" * i)
    assert sizes(tmp_path, [(0, 0), (1, 0), (2, 0), (1, 1), (0, 0)]) == [None, 24, None, 24, None]


@pytest.mark.parametrize("kind", ["missing", "file", "link", "dangling"])
def test_a_folder_is_found_as_reads_find_it(kind: str, tmp_path: Path) -> None:
    """Catches an error for a folder that is absent, and a link that is not followed."""
    local(tmp_path, document()).write_all(ramp((7, 5)))
    (tmp_path / "c/1").rename(tmp_path / "moved")
    if kind == "file":
        (tmp_path / "c/1").write_bytes(b"1")
    elif kind != "missing":
        (tmp_path / "c/1").symlink_to(tmp_path / ("moved" if kind == "link" else "gone"))
    expected = 24 if kind == "link" else None
    assert sizes(tmp_path, [(0, 0), (1, 0), (1, 2), (2, 0)]) == [24, expected, expected, 24]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_nobody_waits_for_the_writer_of_a_pipe(tmp_path: Path) -> None:
    """Catches a check that never ends."""
    local(tmp_path, document()).write_all(ramp((7, 5)))
    (tmp_path / "c/1/1").unlink()
    os.mkfifo(tmp_path / "c/1/1")
    assert sizes(tmp_path, [(1, 0), (1, 1), (1, 2)]) == [24, None, 24]
