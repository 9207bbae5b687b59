"""All nodes below a place."""

from __future__ import annotations

from pathlib import Path

from zarr.crud._cli.listed import nodes
from zarr.crud._cli.places import opened


def test_nodes_are_named_relative_to_the_place(ocean: Path, archive: Path) -> None:
    """Catches names that begin with the path in an archive."""
    for path in (ocean, archive):
        with opened(str(path / "deep"), {}) as place:
            assert [(node.name, node.depth) for node in nodes(place)] == [
                ("", 0), ("heat", 1), ("names", 1)
            ]  # fmt: skip
