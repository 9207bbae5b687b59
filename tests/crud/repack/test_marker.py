"""The marker of a target that is not finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zarr.crud import Location
from zarr.crud._archives.keys import MARKER
from zarr.crud._repack import marker
from zarr.crud._stores.location import put
from zarr.crud._stores.trees import list_keys
from zarr.errors import ContainsGroupError

if TYPE_CHECKING:
    from zarr.abc.store import Store


def test_a_marker_names_one_plan(store: Store) -> None:
    """Catches two repacks into one target, and one that is resumed as another."""
    place = Location(store, "a")
    assert marker.begun(place) is None
    made = marker.begin(place, "one", resume=False)
    assert marker.begun(place) == made
    assert made.digest == "one"
    assert marker.begin(place, "one", resume=True) == made
    with pytest.raises(ContainsGroupError, match="another"):
        marker.begin(place, "two", resume=True)
    with pytest.raises(ContainsGroupError, match="resume=True"):
        marker.begin(place, "one", resume=False)
    marker.end(place)
    assert marker.begun(place) is None


def test_a_damaged_marker_fits_no_plan(store: Store) -> None:
    """Catches an error of JSON in place of what to do."""
    odd = b'{"repack": "one", "nonce": "../a", "deleting": false}'
    for text in (b"", b"[]", b'{"other": 1}', b'{"repack": "one"}', odd):
        put(store, MARKER, text)
        found = marker.begun(Location(store, ""))
        assert found is not None
        assert found.digest == "?"


def test_a_deletion_that_was_broken_off_is_completed(store: Store) -> None:
    """Catches old chunks that a resumed repack takes for its own."""
    place = Location(store, "a")
    marker.begin(place, "one", resume=False)
    put(store, "a/c/0", b"old")
    put(store, f"a/{MARKER}", marker.Begun("one", "b0", is_deleting=True).text)
    with pytest.raises(ContainsGroupError, match="another"):
        marker.begin(place, "two", resume=True)
    assert marker.begin(place, "one", resume=True) == marker.Begun("one", "b0")
    assert list_keys(place) == [MARKER]
    put(store, "a/c/0", b"new")
    marker.begin(place, "one", resume=True)
    assert list_keys(place) == [MARKER, "c/0"]
    other = marker.begin(place, "two", resume=False, overwrite=True)
    assert other.nonce != "b0"
    assert list_keys(place) == [MARKER]
