"""Findings: what is wrong with an archive, in kinds that never change once released."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

type Severity = Literal["error", "warning", "note"]

type Kind = Literal[
    "invalid-document",
    "conflicting-documents",
    "formats-disagree",
    "two-formats",
    "consolidated-disagrees",
    "consolidated-lacks-node",
    "consolidated-without-node",
    "no-group-above",
    "node-below-array",
    "truncated",
    "oversized",
    "damaged-index",
    "subchunk-beyond-value",
    "overlapping-subchunks",
    "dead-bytes",
    "undecodable",
    "unreadable",
    "not-checked",
    "missing-chunks",
    "beyond-grid",
    "leftover",
    "unfinished-repack",
    "unknown-key",
]


class Meaning(NamedTuple):
    """What a kind of finding means."""

    severity: Severity
    text: str


KINDS: Final[Mapping[str, Meaning]] = {
    "invalid-document": Meaning("error", "a metadata document is not JSON, or not valid"),
    "conflicting-documents": Meaning("error", "a path has documents of an array and of a group"),
    "formats-disagree": Meaning(
        "error", "the documents of formats 2 and 3 at one path describe different nodes"
    ),
    "two-formats": Meaning("note", "a path has documents of formats 2 and 3, which agree"),
    "consolidated-disagrees": Meaning(
        "error", "a copy in consolidated metadata differs from the node's own document"
    ),
    "consolidated-lacks-node": Meaning(
        "warning", "a stored node is not in the consolidated metadata of a group above it"
    ),
    "consolidated-without-node": Meaning(
        "error", "consolidated metadata has a node that is not stored"
    ),
    "no-group-above": Meaning("warning", "a node has no group above it, so no listing finds it"),
    "node-below-array": Meaning("warning", "a node lies below an array, where none may be"),
    "truncated": Meaning("error", "a value is shorter than the codecs make it"),
    "oversized": Meaning("error", "a value is longer than the codecs make it"),
    "damaged-index": Meaning(
        "error", "the index of a shard has a wrong checksum, or cannot be read"
    ),
    "subchunk-beyond-value": Meaning("error", "an index points beyond the end of its shard"),
    "overlapping-subchunks": Meaning(
        "error", "an index gives bytes of its shard to two subchunks, or to one and the index"
    ),
    "dead-bytes": Meaning("warning", "bytes of a shard belong to no subchunk and no index"),
    "undecodable": Meaning("error", "a chunk, or a subchunk of a shard, does not decode"),
    "unreadable": Meaning("error", "the store raised an error for a value that it lists"),
    "not-checked": Meaning("warning", "something could not be checked here; the message says why"),
    "missing-chunks": Meaning(
        "note", "chunks of the grid are not stored: they read as the fill value"
    ),
    "beyond-grid": Meaning(
        "warning", "a key is that of a chunk beyond the chunk grid, such as before a resize"
    ),
    "leftover": Meaning("warning", "a temporary file of a writer that was killed"),
    "unfinished-repack": Meaning(
        "error", "a repack into the node was broken off, so chunks may be missing"
    ),
    "unknown-key": Meaning("warning", "a key is no document and no chunk of a node"),
}
"""By kind: its severity, and what it means."""

MOST: Final = 100
"""The most findings of one kind for one node; another finding says how many more there are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that `verify` found."""

    kind: Kind
    """What it is; `docs/archives.md` has a table. Kinds never change once released."""
    severity: Severity
    """`"error"`: data or metadata is lost or cannot be trusted. `"warning"`: look at it. `"note"`:
    it may well be intended."""
    path: str
    """The node's path below the place that was verified; `""` is this place."""
    key: str | None
    """The key in the store, if the finding is about one."""
    index: tuple[int, ...] | None
    """The index of the chunk (shard), if the finding is about one."""
    message: str
    """One sentence."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as values that JSON has."""
        return asdict(self) | {"index": None if self.index is None else list(self.index)}


class Findings:
    """Findings as they are made, of which each node keeps only so many of a kind."""

    def __init__(self, prefix: str = "", most: int | None = MOST) -> None:
        self._prefix, self._most = prefix, sys.maxsize if most is None else most
        self._kept: list[Finding] = []
        self._counts: Counter[tuple[str, Kind]] = Counter()

    def add(
        self,
        kind: Kind,
        path: str,
        message: str,
        *,
        key: str | None = None,
        index: tuple[int, ...] | None = None,
    ) -> None:
        """Add a finding, or count it if there are many like it."""
        self._counts[path, kind] += 1
        if self._counts[path, kind] <= self._most:
            full = None if key is None else f"{self._prefix}{key}"
            severity = KINDS[kind].severity
            self._kept.append(Finding(kind, severity, path, full, index, message))

    def listed(self) -> tuple[Finding, ...]:
        """Return the findings in the order of their paths, errors first."""
        for (path, kind), count in self._counts.items():
            if count > self._most:
                text = f"{count - self._most} more findings of this kind, which are not listed"
                more = Finding(kind, KINDS[kind].severity, path, None, None, text)
                self._kept.append(more)
        order = list(KINDS)
        severities = ("error", "warning", "note")
        # Findings of one kind stay in the order in which they were made.
        return tuple(
            sorted(
                self._kept,
                key=lambda one: (one.path, severities.index(one.severity), order.index(one.kind)),
            )
        )
