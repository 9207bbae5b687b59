"""How two archives differ: an object, a table and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from zarr.crud._archives.printable import printable

type DifferenceKind = Literal[
    "only-in-first",
    "only-in-second",
    "node-type",
    "shape",
    "data-type",
    "fill-value",
    "dimension-names",
    "attributes",
    "elements",
    "not-compared",
    "encoding",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which two archives differ."""

    kind: DifferenceKind
    """What it is; `docs/archives.md` has a table. Kinds never change once released."""
    matters: bool
    """Whether a reader notices it; if not, it is only about how the same elements are stored."""
    path: str
    """The node's path, the same in both archives."""
    message: str
    """One sentence."""
    positions: tuple[tuple[int, ...], ...] = ()
    """The first positions at which elements differ, in C order; of those where neither array has a
    chunk, only the first one."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as values that JSON has."""
        return asdict(self) | {"positions": [list(one) for one in self.positions]}


@dataclass(frozen=True, slots=True)
class CompareReport:
    """How two archives differ. `str` gives a table, and `to_dict` values for JSON."""

    first: str
    """The name of the first store, with the path in it."""
    second: str
    """The name of the second store, with the path in it."""
    level: str
    """What of the elements was compared."""
    compared: int
    """How many nodes are in both."""
    differences: tuple[Difference, ...]
    """In what they differ, in the order of the paths."""

    @property
    def ok(self) -> bool:
        """Whether no difference matters to a reader, and everything could be compared."""
        return not any(one.matters for one in self.differences)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as values that JSON has."""
        return {
            "version": 1,
            "first": self.first,
            "second": self.second,
            "level": self.level,
            "ok": self.ok,
            "compared": self.compared,
            "differences": [one.to_dict() for one in self.differences],
        }

    def __str__(self) -> str:
        verdict = "no difference that matters" if self.ok else "they differ"
        lines = [f"{self.first} and {self.second}: {self.compared} nodes in both, {verdict}"]
        for one in self.differences:
            kind = one.kind if one.matters else f"note: {one.kind}"
            lines.append(f"{one.path or '/'}: {kind}: {one.message}")
        return "\n".join(map(printable, lines))
