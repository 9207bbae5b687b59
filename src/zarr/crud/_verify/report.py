"""What `verify` found, as an object, a table and JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._archives.printable import printable
from zarr.crud._layout.sizes import shown_size

if TYPE_CHECKING:
    from zarr.crud._encoding.damage import DetectsDamage
    from zarr.crud._verify.findings import Finding
    from zarr.crud._verify.levels import Level

MOST_LINES: Final = 200
"""The most findings that the table shows."""


@dataclass(frozen=True, slots=True)
class ArrayReport:
    """What is stored of one array."""

    path: str
    """The node's path below the place that was verified."""
    chunks: int
    """How many chunks (shards) the grid has."""
    stored: int
    """How many of them are stored."""
    nbytes: int
    """The size of the stored chunks. Unit: bytes."""
    checked: int
    """How many chunks were checked at the level of the call, and have no error."""
    detects_damage: DetectsDamage
    """Whether the codecs detect changed bits: `True`, `False`, or a text that says in which parts
    of a shard they do. Where they do not, a chunk without a finding may have wrong elements."""
    digest: str | None = None
    """The digest of the elements, if it was asked for and every chunk was read."""

    @property
    def missing(self) -> int:
        """How many chunks of the grid are not stored."""
        return self.chunks - self.stored

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as values that JSON has."""
        return asdict(self) | {"missing": self.missing}


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `verify` found in an archive. `str` gives a table, and `to_dict` values for JSON."""

    store: str
    """The name of the store."""
    path: str
    """The path in the store that was verified."""
    level: Level
    """How thorough the checks were."""
    groups: tuple[str, ...]
    """The paths of the groups below that path."""
    arrays: tuple[ArrayReport, ...]
    """What is stored of each array, in the order of their paths."""
    findings: tuple[Finding, ...]
    """What was found, in the order of the paths; see `docs/archives.md` for the kinds."""

    @property
    def ok(self) -> bool:
        """Whether there is no error among the findings; there may be warnings and notes."""
        return all(one.severity != "error" for one in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as values that JSON has."""
        return {
            "version": 1,
            "store": self.store,
            "path": self.path,
            "level": self.level,
            "ok": self.ok,
            "groups": list(self.groups),
            "arrays": [array.to_dict() for array in self.arrays],
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def to_json(self) -> str:
        """Return `to_dict` as text."""
        return json.dumps(self.to_dict(), indent=2)

    def __str__(self) -> str:
        return "\n".join(map(printable, _lines(self)))


def _lines(report: VerifyReport) -> list[str]:
    place = f"{report.store}, {report.path!r}" if report.path else report.store
    lines = [f"{place}, level {report.level!r}: {_verdict(report)}"]
    head = ("array", "stored", "of", "bytes", "damage is detected", "digest")
    rows = [
        (
            array.path or "/",
            str(array.stored),
            str(array.chunks),
            shown_size(array.nbytes),
            _detected(array.detects_damage),
            array.digest or "",
        )
        for array in report.arrays
    ]
    lines += table([head, *rows]) if rows else []
    shown = report.findings[:MOST_LINES]
    lines += [_line(finding) for finding in shown]
    if len(report.findings) > MOST_LINES:
        lines.append(f"and {len(report.findings) - MOST_LINES} more findings, in `findings`")
    return lines


def _verdict(report: VerifyReport) -> str:
    counts = Counter(one.severity for one in report.findings)
    found = [
        f"{counts[name]} {name}{'' if counts[name] == 1 else 's'}"
        for name in ("error", "warning", "note")
        if counts[name]
    ]
    return ", ".join(found) or "nothing found"


def _detected(detects: DetectsDamage) -> str:
    return detects if isinstance(detects, str) else ("yes" if detects else "no")


def _line(finding: Finding) -> str:
    place = finding.key or finding.path or "/"
    return f"{finding.severity}: {finding.kind}: {place}: {finding.message}"


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows as lines with aligned columns."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
