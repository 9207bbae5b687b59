"""The listings of the seams show all of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fork.listing import grouped, listing

if TYPE_CHECKING:
    from fork.assemble import Assembly


def test_the_listing_shows_every_seam_with_its_reasons(real_assembly: Assembly) -> None:
    """A line in the package that a reviewer of the listing never sees."""
    text = "\n".join(listing(real_assembly.insertions))
    for path, insertions in real_assembly.insertions.items():
        assert f"zarr/{path}\n" in text
        for insertion in insertions:
            assert insertion.seam.why in text
            assert insertion.seam.delete_when in text
            for line in insertion.lines:
                assert f"+ {line.decode().rstrip()}" in text
    assert f"{sum(map(len, real_assembly.insertions.values()))} seams in " in text


def test_the_listing_by_reason_leaves_no_seam_out(real_assembly: Assembly) -> None:
    """A short listing that is short because it lacks something."""
    text = " ".join(" ".join(grouped(real_assembly.insertions)).split())
    found = [i.seam for insertions in real_assembly.insertions.values() for i in insertions]
    for why, count in Counter(seam.why for seam in found).items():
        assert f"{count}: {why} (" in text
    for seam in found:
        behind = text.partition(f": {seam.why} (")[2].partition(")")[0]
        assert f"{seam.path} {seam.op}: " in behind
        assert (seam.target or "the module") in behind.replace(";", ",").replace(": ", ", ").split(
            ", "
        )
    assert f"{len(found)} seams in " in text


def test_the_listing_by_reason_fits_two_screens(real_assembly: Assembly) -> None:
    """A listing that nobody reads to its end, which is where a seam too many stands."""
    lines = list(grouped(real_assembly.insertions))
    assert len(lines) <= 120
    assert max(map(len, lines)) <= 100
