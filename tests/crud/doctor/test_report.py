"""A report is one screen, and all of it is in its dictionary."""

from __future__ import annotations

import json

from zarr.crud._doctor.report import DoctorReport, Note, Parts, WayTimes

LONG = "a reason that goes on " * 12


def report(*, same: bool | None = True) -> DoctorReport:
    """A report with a line of each kind."""
    ways = (
        WayTimes("zarr", 0.5, 3, 9, None, None, None),
        WayTimes("fast", 0.05, 3, None, same, None, "natively"),
        WayTimes("gone", None, 0, None, None, LONG, None),
    )
    parts = Parts(0.001, 0.25, 0.75, None)
    notes = (Note("one", LONG), Note("two", "short"))
    return DoctorReport("7 x 5", (7, 5), "0:7", 1 << 20, 2, 1 << 19, ways, parts, notes, notes[1:])


def test_the_text_is_one_screen() -> None:
    """Catches a line that is too long."""
    lines = str(report()).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    many = DoctorReport("7", (7,), None, 0, 0, None, (), None, report().faster * 9, ())
    assert len(str(many).splitlines()) <= 40


def test_the_text_says_what_was_measured() -> None:
    """Catches a ratio that is upside down."""
    lines = [" ".join(line.split()) for line in str(report()).splitlines()]
    assert "zarr 500 ms 1x 2.1 MB/s 9 -" in lines
    assert "fast 50 ms 10x 21 MB/s - the same" in lines
    assert any("fetch 250 ms (25%), decode 750 ms (75%)" in line for line in lines)
    assert "read [0:7], 1 MiB, from 2 stored values of 512 KiB" in lines


def test_a_difference_is_no_success() -> None:
    """Catches a wrong engine that looks right."""
    assert report().ok
    assert report(same=None).ok
    assert not report(same=False).ok


def test_the_dictionary_is_json() -> None:
    """Catches a value that JSON has not."""
    found = json.loads(json.dumps(report().to_dict()))
    assert found["ok"]
    assert found["ways"][1]["store"] == "natively"
    assert found["faster"][1] == {"kind": "two", "message": "short"}
