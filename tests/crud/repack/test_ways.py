"""The choice of a way, and its reason."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from tests.crud.repack.cases import ARRAYS
from zarr.codecs import GzipCodec
from zarr.crud._document.cache import as_document
from zarr.crud._repack.wanted import Wanted, target_members
from zarr.crud._repack.ways import Case, way_of

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("3", {}, "copied", "copied as they are"),
    ("2-filters", {}, "copied", "copied as they are"),
    ("2-filters", {"zarr_format": 3}, "regrouped", "spells the same"),
    ("3", {"shards": (6, 4)}, "regrouped", r"chunks of \(3, 2\) become \(6, 4\)"),
    ("3-shards", {"shards": (3, 2)}, "regrouped", r"become \(3, 2\)"),
    ("3", {"chunks": (1, 2)}, "re-encoded", r"chunks of \(3, 2\) become \(1, 2\)"),
    ("3", {"compressors": [GzipCodec()]}, "re-encoded", r"'zstd'\] become \['bytes', 'gzip'\]"),
    ("3", {"compressors": ["crc32c"]}, "re-encoded", "'crc32c'"),
    (
        "3-crc",
        {"compressors": [GzipCodec(level=9), "crc32c"]},
        "re-encoded",
        r"configuration of \['gzip'\]",
    ),
]


@pytest.mark.parametrize(("name", "wanted", "way", "reason"), CASES)
def test_the_way_is_the_cheapest_that_is_exact(
    name: str, wanted: dict[str, Any], way: str, reason: str
) -> None:
    """Catches elements that are decoded for nothing, and bytes that are moved although their codecs
    change.
    """
    source = as_document(zarr.create_array({}, shape=(7, 5), **ARRAYS[name]).metadata)
    target = as_document(target_members(source, Wanted(**wanted)))
    found = way_of(Case(source, target, (0, 0)), compact=False)
    assert found.name == way
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(found.reason)


def test_other_fill_bits_are_no_obstacle_where_they_are_kept() -> None:
    """Catches shards that are not written anew although that is asked for."""
    source = as_document(zarr.create_array({}, shape=(7, 5), **ARRAYS["3-shards"]).metadata)
    found = way_of(Case(source, source, (0, 0)), compact=True)
    assert (found.name, found.mode) == ("regrouped", "pieces")
    plain = as_document(zarr.create_array({}, shape=(7, 5), **ARRAYS["3"]).metadata)
    assert way_of(Case(plain, plain, (0, 0)), compact=True).mode == "pieces"


def test_a_region_may_end_at_the_arrays_end() -> None:
    """Catches a region at the edge that is decoded, and one that cuts chunks and is not."""
    document = as_document(zarr.create_array({}, shape=(7, 5), **ARRAYS["3"]).metadata)
    case = Case(document, document, (0, 0))
    assert case.begins_and_ends_at((3, 2))
    smaller: Any = as_document({**case.source, "shape": [4, 3]})
    assert Case(case.source, smaller, (3, 2)).begins_and_ends_at((3, 2))
    assert not Case(case.source, smaller, (0, 0)).begins_and_ends_at((3, 2))
