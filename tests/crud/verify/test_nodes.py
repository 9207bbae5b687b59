"""Nodes below a place."""

from __future__ import annotations

from tests.crud.verify.archives import format_2, hierarchy
from zarr.crud._stores.location import Location
from zarr.crud._stores.sized_keys import sized_keys
from zarr.crud._verify.findings import Findings
from zarr.crud._verify.nodes import listed


def test_groups_and_arrays_are_found_below_the_place() -> None:
    """Catches nodes of a neighbour, or of one format only."""
    location = Location(hierarchy(), "deep")
    nodes, contents = listed(sized_keys(location), location, Findings())
    assert {path: node.is_array for path, node in nodes.items()} == {
        "": False,
        "empty": True,
        "scalar": True,
        "text": True,
    }
    assert set(contents) == {"empty", "scalar", "text"}
    location = Location(format_2(), "")
    nodes, contents = listed(sized_keys(location), location, Findings())
    assert (set(nodes), set(contents)) == ({"", "raw"}, {"raw"})
