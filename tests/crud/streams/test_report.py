"""What an error says about the regions of a stream."""

from __future__ import annotations

import pytest

from zarr.crud._streams.report import Report, listed, merged


def noted(report: Report) -> str:
    error = ValueError()
    report.note(error)
    (note,) = error.__notes__
    return note.removeprefix("regions of the iterable, counted from 0: ")


def given(count: int) -> Report:
    report = Report()
    assert [report.next_number() for _ in range(count)] == list(range(count))
    return report


def test_every_region_is_named_once() -> None:
    """Catches a region that is in no list, or in two."""
    report = given(10)
    for numbers in ([0, 1, 2], [6], [3]):
        with report.of(numbers):
            pass
    with pytest.raises(ZeroDivisionError), report.of([4, 5]):
        raise ZeroDivisionError
    assert noted(report) == (
        "written: 0 to 3, 6; perhaps written in part: 4 to 5; not written: 7 to 9"
    )


def test_nothing_is_said_of_no_regions() -> None:
    """Catches an empty list."""
    assert noted(given(0)) == "none was given"
    assert noted(given(1)) == "not written: 0"


def test_spans_that_meet_are_one() -> None:
    """Catches a list that grows with the stream."""
    assert merged([(0, 1), (2, 3)], (1, 2)) == [(0, 3)]
    assert merged([(5, 6)], (1, 2)) == [(1, 2), (5, 6)]
    assert listed([(1, 2), (5, 7)]) == "1, 5 to 6"
