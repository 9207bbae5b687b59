"""Members of extensions, where the other format has no place for them."""

from __future__ import annotations

from typing import Any

import numpy as np

import zarr
from zarr import crud
from zarr.crud._repack.unknown_members import not_kept
from zarr.storage import MemoryStore

EXTENSION: Any = {"must_understand": False, "of": "somebody"}


def archive() -> MemoryStore:
    """A group and an array of format 3, each with a member of an extension."""
    store = MemoryStore()
    group = zarr.create_group(store)
    group.create_array("a", data=np.arange(4), chunks=(2,))
    for path in ("", "a"):
        document: dict[str, Any] = dict(crud.read_metadata(store, path=path))
        crud.write_metadata({**document, "extension": EXTENSION}, store, path=path)
    return store


def test_the_same_format_keeps_them() -> None:
    """Catches a member of an extension that is lost although it has a place."""
    target = MemoryStore()
    plan = crud.repack_plan(archive(), target, compressors=())
    assert "extension" not in str(plan)
    plan.run()
    for path in ("", "a"):
        assert crud.read_metadata(target, path=path)["extension"] == EXTENSION


def test_the_plan_says_what_the_other_format_loses() -> None:
    """Catches a member of an extension that is lost without a word."""
    plan = crud.repack_plan(archive(), MemoryStore(), zarr_format=2)
    text = "Members of extensions are not kept, since zarr format 2 has no place: 'extension'."
    assert text in plan.arrays[0].reason
    assert plan.groups[0].reason == text
    assert str(plan).count(text) == 2


def test_what_both_formats_know_is_not_named() -> None:
    """Catches a warning about members that are translated."""
    pairs: tuple[Any, ...] = ((2, 3), (3, 2))
    for version, other in pairs:
        store = MemoryStore()
        group = zarr.create_group(store, attributes={"b": 1}, zarr_format=version)
        group.create_array("a", data=np.arange(4), attributes={"b": 1})
        plan = crud.repack_plan(store, MemoryStore(), zarr_format=other)
        assert "Members" not in str(plan)
    assert not_kept({"zarr_format": 2, "shape": [], "mine": 1}, {"zarr_format": 3}) != ""
