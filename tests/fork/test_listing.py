"""The listings of the seams are complete."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fork.listing import grouped, listing
from fork.seam import Seam
from fork.weave import Insertion

if TYPE_CHECKING:
    from fork.assemble import Assembly


def test_the_listing_shows_every_seam_with_its_reasons(real_assembly: Assembly) -> None:
    """Catches an inserted line that the listing does not show to a reviewer."""
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
    """Catches a short listing that is short because seams are missing."""
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
    """Catches a listing too long to read to the end, so that an unnecessary seam goes unnoticed."""
    lines = list(grouped(real_assembly.insertions))
    assert len(lines) <= 120
    assert max(map(len, lines)) <= 100


def insertion(path: str, line: int, why: str, target: str = "", *lines: bytes) -> Insertion:
    seam = Seam(path, "first" if target else "import", "", why, "never", "-", target)
    return Insertion(seam, line, lines)


TINY = {
    "b.py": [
        insertion("b.py", 9, "rare", "f", b"    one\n", b"    two\n"),
        insertion("b.py", 3, "often", "", b"three\n"),
    ],
    "a.py": [
        insertion("a.py", 1, "often", "A.f", b"four\n"),
        insertion("a.py", 0, "often", "A.g", b"five\n"),
    ],
}
TOTALS = "4 seams in 2 files: 5 lines inserted, none changed"


def test_the_full_listing_goes_through_the_files_from_top_to_bottom() -> None:
    """Catches lines that are listed at another seam's place, or in the order of the seam files."""
    text = list(listing(TINY))
    assert text[:6] == [
        "zarr/a.py",
        "  after line 0: first in A.g",
        "    + five",
        "    why: often",
        "    delete when: never",
        "  after line 1: first in A.f",
    ]
    assert text.index("  after line 3: import in the module") < text.index("    +     two")
    assert text[text.index("    +     one") + 1] == "    +     two"
    assert text[-2:] == ["", TOTALS]


def test_the_listing_by_reason_begins_with_the_one_that_most_seams_have() -> None:
    """Catches a reason that is listed twice, or the places of one seam under another's reason."""
    assert list(grouped(TINY)) == [
        "3: often (a.py first: A.f, A.g; b.py import: the module)",
        "1: rare (b.py first: f)",
        TOTALS,
    ]
    assert list(grouped({})) == ["0 seams in 0 files: 0 lines inserted, none changed"]
