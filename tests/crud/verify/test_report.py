"""Reports of `verify` as a table and as JSON."""

from __future__ import annotations

from zarr.crud._verify.findings import Finding
from zarr.crud._verify.report import MOST_LINES, ArrayReport, VerifyReport, table


def report(*findings: Finding) -> VerifyReport:
    """A report with one array."""
    array = ArrayReport("a", 9, 7, 2048, 7, False, "zd1:00")
    return VerifyReport("MemoryStore('x')", "", "decode", ("",), (array,), findings)


ERROR = Finding("truncated", "error", "a", "a/c/0", (0,), "short")
NOTE = Finding("missing-chunks", "note", "a", None, None, "2 are missing")


def test_only_errors_make_it_not_ok() -> None:
    """Catches a warning that fails a nightly job, or an error that does not."""
    assert report().ok
    assert report(NOTE).ok
    assert not report(NOTE, ERROR).ok


def test_the_table_counts_and_lists() -> None:
    """Catches a table without the verdict, or with columns that do not line up."""
    lines = str(report(ERROR, ERROR, NOTE)).splitlines()
    assert lines[0] == "MemoryStore('x'), level 'decode': 2 errors, 1 note"
    assert lines[1].split("  ")[0] == "array"
    assert lines[2].split() == ["a", "7", "9", "2.0", "KiB", "no", "zd1:00"]
    assert lines[3] == "error: truncated: a/c/0: short"
    assert lines[5] == "note: missing-chunks: a: 2 are missing"
    assert str(report()).splitlines()[0].endswith(": nothing found")
    assert table([("a", "bb"), ("ccc", "d")]) == ["a    bb", "ccc  d"]


def test_names_cannot_change_the_terminal() -> None:
    """Catches an escape sequence, or a line break, in a key."""
    hostile = Finding("unknown-key", "warning", "a", "a/\x1b[2J\nerror: all is lost", None, "?")
    assert (
        str(report(hostile))
        .splitlines()[-1]
        .endswith("unknown-key: a/\ufffd[2J\ufffderror: all is lost: ?")
    )


def test_the_table_is_bounded() -> None:
    """Catches a terminal that is flooded."""
    lines = str(report(*[ERROR] * (MOST_LINES + 5))).splitlines()
    assert len(lines) == MOST_LINES + 4
    assert lines[-1] == "and 5 more findings, in `findings`"


def test_json_has_everything() -> None:
    """Catches a field that is only in the object."""
    members = report(ERROR).to_dict()
    assert members["version"] == 1
    assert members["arrays"][0]["missing"] == 2
    assert set(members) == {
        *("version", "store", "path", "level", "ok", "groups", "arrays", "findings"),
    }
