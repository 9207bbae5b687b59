"""`tree` draws a hierarchy."""

from __future__ import annotations

from pathlib import Path

from tests.crud.cli.running import found, said


def test_the_hierarchy_is_drawn(ocean: Path) -> None:
    """Catches a node at the wrong place."""
    assert said("tree", ocean).splitlines() == [
        str(ocean),
        "├── deep",
        "│   ├── heat  6 x 4 float32, chunks 3 x 2, shards 6 x 4",
        "│   └── names  3 string, chunks 2",
        "└── depth  7 x 5 int32, chunks 3 x 2",
    ]


def test_the_depth_is_limited(ocean: Path) -> None:
    """Catches a limit that counts from another level."""
    assert len(said("tree", ocean, "--depth", "1").splitlines()) == 3
    assert len(said("tree", ocean, "--depth", "0").splitlines()) == 1


def test_json_is_nested(ocean: Path, archive: Path) -> None:
    """Catches members under the wrong group."""
    for place in (ocean, archive):
        root = found("tree", place)
        assert [one["name"] for one in root["members"]] == ["deep", "depth"]
        assert [one["name"] for one in root["members"][0]["members"]] == ["heat", "names"]
