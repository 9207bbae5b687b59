"""The marker of a target that is not finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zarr.crud import Location
from zarr.crud._archives.keys import MARKER
from zarr.crud._repack import marker
from zarr.crud._stores.location import put
from zarr.errors import ContainsGroupError

if TYPE_CHECKING:
    from zarr.abc.store import Store


def test_a_marker_names_one_plan(store: Store) -> None:
    """Catches two repacks into one target, and one that is resumed as another."""
    place = Location(store, "a")
    assert marker.begun(place) is None
    marker.begin(place, "one", resume=False)
    assert marker.begun(place) == "one"
    marker.begin(place, "one", resume=True)
    with pytest.raises(ContainsGroupError, match="another"):
        marker.begin(place, "two", resume=True)
    with pytest.raises(ContainsGroupError, match="resume=True"):
        marker.begin(place, "one", resume=False)
    marker.end(place)
    assert marker.begun(place) is None


def test_a_damaged_marker_fits_no_plan(store: Store) -> None:
    """Catches an error of JSON in place of what to do."""
    for text in (b"", b"[]", b'{"other": 1}'):
        put(store, MARKER, text)
        assert marker.begun(Location(store, "")) == "?"
