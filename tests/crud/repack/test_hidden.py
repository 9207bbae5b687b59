"""Nodes below a group without a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("kind", ["memory", "folder", "awaited"])
def test_a_node_that_a_copy_would_leave_out_is_named(
    tmp_path: Path, kind: str, zarr_format: int
) -> None:
    """Catches a copy that is complete by its report, and without an array of the source."""
    memory = MemoryStore()
    stores: dict[str, Store] = {
        "memory": memory,
        "folder": LocalStore(tmp_path),
        "awaited": AsyncOnlyStore(memory),
    }
    source, target = stores[kind], MemoryStore()
    group = zarr.create_group(source, zarr_format=zarr_format)  # type: ignore[arg-type]
    group.create_array("top/sub/a", data=np.arange(8), chunks=2)
    assert crud.copy(source, MemoryStore()).ok
    if kind == "folder":
        for path in (tmp_path / "top" / "sub").iterdir():
            if path.is_file():
                path.unlink()
    else:
        for key in ("zarr.json", ".zgroup", ".zattrs"):
            memory._store_dict.pop(f"top/sub/{key}", None)
    for call in (crud.copy, crud.repack_plan):
        with pytest.raises(crud.DocumentError, match=r"node at 'top/sub/a'.*group at 'top/sub'"):
            call(source, target)
    assert not target._store_dict
    assert crud.copy(source, target, path="top/sub/a").ok


def test_other_files_are_no_nodes(tmp_path: Path) -> None:
    """Catches a copy that is refused because of notes beside the arrays."""
    zarr.create_group(tmp_path).create_array("a", data=np.arange(8), chunks=2)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "today.json").write_text("{}")
    (tmp_path / "readme").write_text("mine")
    assert crud.copy(tmp_path, MemoryStore()).ok
