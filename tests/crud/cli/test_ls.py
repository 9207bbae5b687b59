"""`ls` lists the members of groups."""

from __future__ import annotations

from pathlib import Path

from tests.crud.cli.running import found, said


def test_members_are_listed(ocean: Path, archive: Path) -> None:
    """Catches a member that is missing, or groups that look like arrays."""
    for place in (ocean, archive):
        assert said("ls", place).splitlines() == ["deep/", "depth"]
        assert said("ls", "-r", place).splitlines() == [
            "deep/",
            "deep/heat",
            "deep/names",
            "depth",
        ]


def test_the_long_list_has_types_and_sizes(ocean: Path) -> None:
    """Catches columns that are mixed up."""
    lines = [line.split() for line in said("ls", "-lr", ocean).splitlines()]
    assert lines[0] == ["group", "deep/"]
    assert lines[1] == ["float32", "96", "B", "6", "x", "4", "3", "x", "2", "deep/heat"]


def test_an_array_is_listed_itself(ocean: Path) -> None:
    """Catches an empty list for an array."""
    assert said("ls", ocean / "depth") == "depth\n"


def test_json_has_all(ocean: Path) -> None:
    """Catches JSON that lacks a member."""
    assert [one["name"] for one in found("ls", "-r", ocean)] == [
        "deep", "deep/heat", "deep/names", "depth"
    ]  # fmt: skip
    assert found("ls", ocean)[1]["shape"] == [7, 5]
