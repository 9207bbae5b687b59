"""Source and target that must be apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud import Location
from zarr.crud._repack.places import check_apart, check_members_apart
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = [("", "", "both"), ("a", "a/b", "within the source"), ("a/b", "a", "within the target")]


@pytest.mark.parametrize(("one", "other", "text"), PAIRS)
def test_one_place_within_the_other_is_refused(
    one: str, other: str, text: str, tmp_path: Path
) -> None:
    """Catches a target that is the source by another name."""
    memory = MemoryStore()
    wrapped = MemoryStore(memory._store_dict)
    for first, second in (
        (memory, memory),
        (memory, wrapped),
        (LocalStore(tmp_path), LocalStore(tmp_path)),
    ):
        with pytest.raises(crud.InvalidPathError, match=text):
            check_apart(Location(first, one), Location(second, other))


def test_a_folder_within_another_store_is_refused(tmp_path: Path) -> None:
    """Catches stores of two roots, of which one contains the other."""
    with pytest.raises(crud.InvalidPathError, match="within the source"):
        check_apart(Location(LocalStore(tmp_path), ""), Location(LocalStore(tmp_path / "a"), "b"))


def test_places_beside_each_other_are_accepted(tmp_path: Path) -> None:
    """Catches names that only begin alike."""
    memory = MemoryStore()
    check_apart(Location(memory, "a"), Location(memory, "ab"))
    check_apart(Location(memory, ""), Location(MemoryStore(), ""))
    check_apart(Location(LocalStore(tmp_path), "a"), Location(LocalStore(tmp_path), "a.b"))
    check_apart(Location(LocalStore(tmp_path), ""), Location(memory, ""))


def test_a_member_that_a_link_leads_to_is_kept(tmp_path: Path) -> None:
    """Catches an array of the source that is deleted because it lies in the target."""
    source, target = tmp_path / "s", tmp_path / "t"
    zarr.create_group(source)
    zarr.create_array(target, name="a", data=np.arange(4), chunks=2)
    (source / "linked").symlink_to(target / "a")
    for folder in (target, target / "a", target / "a" / "new"):
        with pytest.raises(crud.InvalidPathError, match="'linked'"):
            crud.copy(source, folder, overwrite=True)
    assert zarr.open_array(source / "linked", mode="r")[3] == 3
    assert crud.copy(source, tmp_path / "new").ok
    check_members_apart(Location(MemoryStore(), ""), Location(LocalStore(target), ""), ["a"])
