"""Findings: in order, limited, and of known kinds."""

from __future__ import annotations

from typing import get_args

from zarr.crud._verify.findings import KINDS, MOST, Finding, Findings, Kind


def test_each_kind_has_a_meaning() -> None:
    """Catches a kind without a severity."""
    assert list(KINDS) == list(get_args(Kind.__value__))
    assert {meaning.severity for meaning in KINDS.values()} == {"error", "warning", "note"}


def test_findings_are_in_the_order_of_paths_and_errors_first() -> None:
    """Catches a report whose order depends on the threads that made it."""
    findings = Findings("deep/")
    findings.add("missing-chunks", "b", "some")
    findings.add("leftover", "a", "one", key="a/x")
    findings.add("truncated", "b", "two", key="b/c/0", index=(0,))
    assert [(one.path, one.kind) for one in findings.listed()] == [
        ("a", "leftover"),
        ("b", "truncated"),
        ("b", "missing-chunks"),
    ]
    assert findings.listed()[0].key == "deep/a/x"


def test_many_findings_of_one_kind_are_counted() -> None:
    """Catches memory in proportion to what is wrong, or other nodes that are hidden."""
    findings = Findings()
    for number in range(MOST + 23):
        findings.add("leftover", "a", "x", key=f"a/{number}")
    findings.add("leftover", "b", "x", key="b/0")
    found = findings.listed()
    assert len(found) == MOST + 2
    assert found[MOST].message == "23 more findings of this kind, which are not listed"
    assert found[MOST].key is None
    assert len(Findings("", most=None).listed()) == 0


def test_a_finding_is_json() -> None:
    """Catches a tuple, which JSON lacks."""
    one = Finding("truncated", "error", "a", "a/c/0", (0, 1), "short")
    assert one.to_dict() == {
        "kind": "truncated",
        "severity": "error",
        "path": "a",
        "key": "a/c/0",
        "index": [0, 1],
        "message": "short",
    }
