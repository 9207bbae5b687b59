"""Groups of regions: limited, in order, and without a chunk in two of them where possible."""

from __future__ import annotations

import pytest

from zarr.crud._streams.groups import MOST_REGIONS, Entry, Grouping


def grouped(entries: list[Entry[str]], most: int) -> list[str]:
    grouping: Grouping[str] = Grouping(most)
    groups = [group for entry in entries for group in grouping.add(entry)]
    groups += grouping.rest()
    assert not list(grouping.rest())
    return ["".join(entry.item for entry in group) for group in groups]


@pytest.mark.parametrize(
    ("most", "expected"),
    [(1, ["a", "b", "c", "d"]), (2, ["ab", "c", "d"]), (7, ["abc", "d"]), (9, ["abcd"])],
)
def test_a_group_has_at_most_its_bytes_or_one_region(most: int, expected: list[str]) -> None:
    """Catches a group above the limit, a lost region, or a wait for one that never fits."""
    sizes = {"a": 1, "b": 1, "c": 5, "d": 2}
    assert grouped([Entry(name, size, ()) for name, size in sizes.items()], most) == expected


def test_a_group_ends_between_two_chunks() -> None:
    """Catches a chunk that is decoded for two groups, although one could have it all."""
    rows = [Entry(name, 1, [(number // 3,)]) for number, name in enumerate("abcdefghi")]
    assert grouped(rows, 4) == ["abc", "def", "ghi"]
    assert grouped(rows, 2) == ["ab", "c", "de", "f", "gh", "i"]


def test_a_chunk_larger_than_a_group_is_shared() -> None:
    """Catches an endless search for an end."""
    assert grouped([Entry(name, 1, [(0,)]) for name in "abcde"], 2) == ["ab", "cd", "e"]


def test_regions_of_no_size_are_limited_too() -> None:
    """Catches a group that grows for ever, because its elements take no memory."""
    groups = grouped([Entry("a", 0, ())] * (MOST_REGIONS + 1), 1)
    assert [len(group) for group in groups] == [MOST_REGIONS, 1]
