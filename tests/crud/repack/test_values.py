"""Stored values that are moved as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import zarr
from tests.crud.repack.cases import make
from zarr import crud
from zarr.crud._repack.done import Done
from zarr.crud._repack.ends import Ends
from zarr.crud._repack.values import value_mover
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_a_value_is_moved_to_its_key_unless_it_is_there(kind: str, tmp_path: Path) -> None:
    """Catches a value under another key, or one that is moved again."""
    is_local = kind == "local"
    source: Store = LocalStore(tmp_path / "s") if is_local else MemoryStore()
    target: Store = LocalStore(tmp_path / "t") if is_local else MemoryStore()
    make("3", source, "", sparse=False)
    plan = crud.repack_plan(source, target, region=(slice(3, 7), slice(2, 5)), zarr_format=2)
    array = plan.arrays[0]
    assert array.units == ((1, 1), (1, 2), (2, 1), (2, 2))
    ends = Ends.of(plan.source, plan.target)
    move = value_mover(array, ends, {"0.1"})
    stored = crud.read_encoded_chunk(array.source, source, (2, 1))
    assert stored is not None
    assert move((1, 2)) == Done(there=1)
    assert move((2, 1)) == Done(written=1, nbytes=len(stored))
    found = crud.read_encoded_chunk(array.target, target, (1, 0), detached=True)
    assert found == stored
    crud.delete_chunk(array.source, source, (1, 1))
    with pytest.raises(zarr.errors.ChunkNotFoundError, match="c/1/1"):
        move((1, 1))
