"""Reports of `compare`."""

from __future__ import annotations

import json

from zarr.crud._verify.differences import CompareReport, Difference

NOTE = Difference("encoding", False, "a", "other codecs")
REAL = Difference("elements", True, "a", "2 elements differ", ((0, 1), (2, 3)))


def report(*differences: Difference) -> CompareReport:
    """A report with these differences."""
    return CompareReport("one", "other", "elements", 3, differences)


def test_only_what_a_reader_notices_matters() -> None:
    """Catches archives that count as different for their codecs, or as equal for their elements."""
    assert report().ok
    assert report(NOTE).ok
    assert not report(NOTE, REAL).ok


def test_text_and_json_have_everything() -> None:
    """Catches a position that is only in the object."""
    lines = str(report(NOTE, REAL)).splitlines()
    assert lines == [
        "one and other: 3 nodes in both, they differ",
        "a: note: encoding: other codecs",
        "a: elements: 2 elements differ",
    ]
    members = json.loads(json.dumps(report(REAL).to_dict()))
    assert members["differences"][0]["positions"] == [[0, 1], [2, 3]]
    assert members["ok"] is False
