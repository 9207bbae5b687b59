"""Plans as callers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import make
from tests.crud.verbs import contents
from zarr import crud
from zarr.crud._stores import leftovers
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_changes_nothing_and_can_be_read() -> None:
    """Catches a plan that begins the work, or that does not say why."""
    source, target = MemoryStore(), MemoryStore()
    make("3", source)
    before = contents(source)
    plan = crud.repack_plan(source, target, shards=(6, 4))
    assert not target._store_dict
    assert contents(source) == before
    lines = str(plan).splitlines()
    assert lines[0].split() == ["array", "way", "chunks", "moved", "decoded", "memory", "requests"]
    assert lines[1].split()[:3] == ["a", "regrouped", "5"]
    assert lines[2].startswith("a: Not copied: stored chunks of (3, 2) become (6, 4).")
    assert plan.requests == plan.arrays[0].requests
    assert [group.path for group in plan.groups] == [""]


def test_an_error_about_one_array_names_it() -> None:
    """Catches an error about one of a thousand arrays that does not say which."""
    source = MemoryStore()
    make("3", source, "good")
    make("3-shards-zstd", source, "odd")
    with pytest.raises(crud.DocumentError) as caught:
        crud.repack_plan(source, MemoryStore(), shards=(6, 4))
    assert caught.value.__notes__ == ["array 'odd' of the source; nothing was written"]


def test_a_batch_is_written_before_it_is_read() -> None:
    """Catches chunks of a batch that are missing in the target."""
    source, target = MemoryStore(), MemoryStore()
    document = zarr.create_array(source, shape=4, chunks=2, dtype="i2").metadata
    with crud.batched_writes(source) as batch:
        crud.write_region(document, batch, ..., 5)
        crud.copy(batch, target)
    assert np.asarray(zarr.open_array(target)[...]).tolist() == [5, 5, 5, 5]


def test_no_file_of_the_source_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a listing that tidies up in the source, or at the target of a mere plan."""
    monkeypatch.setattr(leftovers, "AGE", -1.0)
    source, target = tmp_path / "s", tmp_path / "t"
    zarr.create_group(source).create_array("a", data=np.arange(8), chunks=2)
    target.mkdir()
    name = f"zarr.json.{'ab' * 16}{leftovers.SUFFIX}"
    places = [folder / name for folder in (source, source / "a", target)]
    for place in places:
        place.write_bytes(b"left")
    plan = crud.repack_plan(source, target)
    assert all(place.exists() for place in places)
    assert plan.run(verify=True).ok
    assert all(place.exists() for place in places[:2])
