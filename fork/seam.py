"""Seams as data: a piece of text to insert, its place, the reason, and when to delete it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fork import ForkError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OPERATIONS", "Seam", "load_seams"]

_COMMON = frozenset({"op", "insert", "why", "delete_when", "guard"})

# What each operation needs to find its place: `target` is a qualified name in the file,
# `after` the neighbour (a module for an import, a parameter for a docstring entry).
OPERATIONS: dict[str, frozenset[str]] = {
    # after the module-level import of or from `after`
    "import": frozenset({"after"}),
    # as the outermost decorator of a class or function
    "decorator": frozenset({"target"}),
    # after the annotated fields at the start of a class
    "field": frozenset({"target"}),
    # after the last keyword-only parameter of a function
    "parameter": frozenset({"target"}),
    # after the docstring of a function, or before its first statement
    "first": frozenset({"target"}),
    # after the last statement of a function
    "last": frozenset({"target"}),
    # before the first item of a dict or list that a function returns or that a name is bound to
    "item": frozenset({"target"}),
    # after the entry of the parameter `after` in a NumPy docstring
    "docstring": frozenset({"target", "after"}),
}


@dataclass(frozen=True)
class Seam:
    """One insertion into one upstream file.

    Parameters
    ----------
    path : str
        The upstream file, relative to ``zarr/``.
    op : str
        One of `OPERATIONS`.
    insert : str
        The text, without the indentation of its place.
    why, delete_when : str
        The reason for it, and the upstream change that makes it unnecessary.
    guard : str
        Fingerprint of the upstream syntax that the insertion relies on.
    target, after : str
        See `OPERATIONS`.
    """

    path: str
    op: str
    insert: str
    why: str
    delete_when: str
    guard: str
    target: str = ""
    after: str = ""

    def __str__(self) -> str:
        place = self.target or "the module"
        beside = f" after `{self.after}`" if self.after else ""
        return f"{self.path}: the {self.op} seam in `{place}`{beside}"


def load_seams(folder: Path) -> dict[str, list[Seam]]:
    """All seams below `folder`, by upstream path; ``core/array.toml`` is for ``core/array.py``."""
    seams: dict[str, list[Seam]] = {}
    for file in sorted(folder.rglob("*.toml")):
        path = file.relative_to(folder).with_suffix(".py").as_posix()
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        tables = document.pop("seam", [])
        if document or not tables or not _are_tables(tables):
            raise ForkError(
                f"fork/seams/{file.relative_to(folder).as_posix()}: the file holds [[seam]] tables "
                f"and nothing else, but has {sorted(document) or 'none'}; mend or delete it."
            )
        seams[path] = [_seam(path, table) for table in tables]
    if not seams:
        raise ForkError(f"There are no seams below {folder.name}/; restore the folder.")
    return seams


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(table, dict) for table in value)


def _seam(path: str, table: dict[str, Any]) -> Seam:
    op = table.get("op")
    if not isinstance(op, str) or op not in OPERATIONS:
        raise ForkError(f"{path}: a seam's `op` is {op!r}; use one of {sorted(OPERATIONS)}.")
    wanted = _COMMON | OPERATIONS[op]
    for key in sorted(table.keys() ^ wanted):
        state = "unknown" if key in table else "missing"
        raise ForkError(f"{path}: key `{key}` of a seam with op `{op}` is {state}; mend the seam.")
    for key, value in table.items():
        if not isinstance(value, str) or not value.strip():
            raise ForkError(f"{path}: key `{key}` of a seam must be a text that says something.")
    return Seam(path=path, **table)
