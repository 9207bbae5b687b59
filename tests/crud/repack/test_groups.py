"""Plans for groups."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import zarr
from zarr.crud import Location
from zarr.crud._archives.walk import walk
from zarr.crud._repack.groups import plan_group
from zarr.storage import MemoryStore


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("to", [None, 2, 3])
def test_attributes_and_consolidated_metadata_are_kept(version: Any, to: Any) -> None:
    """Catches a group that loses its attributes, or copies of a hierarchy that no longer fit."""
    store = MemoryStore()
    group = zarr.create_group(store, zarr_format=version, attributes={"n": 1})
    group.create_group("b")
    for is_consolidated in (False, True):
        if is_consolidated:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                zarr.consolidate_metadata(store)
        place = Location(store, "")
        root, below = walk(place)
        plan = plan_group("", root, place, to, consolidated=None)
        assert plan.is_consolidated == is_consolidated
        assert plan.target["attributes"] == {"n": 1}
        assert plan.target["zarr_format"] == (to or version)
        assert "consolidated_metadata" not in plan.target
        assert not plan_group("b", below, place, to, consolidated=None).is_consolidated
        assert plan_group("", root, place, to, consolidated=True).is_consolidated
        assert not plan_group("b", below, place, to, consolidated=True).is_consolidated
        assert not plan_group("", root, place, to, consolidated=False).is_consolidated
