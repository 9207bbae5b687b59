"""Upstream source as lines and syntax: find a definition, and tell whether it changed."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TypeGuard

from fork import ForkError

__all__ = ["Definition", "Function", "Source", "bound_names", "dump", "fingerprint", "names_of"]

type Function = ast.FunctionDef | ast.AsyncFunctionDef
type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign


@dataclass(frozen=True)
class Source:
    """One upstream file."""

    path: str
    data: bytes

    @cached_property
    def module(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.data, self.path)

    @cached_property
    def lines(self) -> list[bytes]:
        """Lines with their ends; `ast` counts lines in the same way, except after a CR."""
        if b"\r" in self.data or not self.data.endswith(b"\n"):
            raise ForkError(
                f"{self.path}: lines must end in LF, the last one too, for a seam to be inserted."
            )
        return self.data.splitlines(keepends=True)

    def find(self, name: str) -> Definition:
        """The one definition (or module-level list) of this name; overloads do not count."""
        scope: list[ast.stmt] = self.module.body
        found: list[Definition] = []
        for part in name.split("."):
            found = [n for n in scope if _defines(n, part)]
            if len(found) != 1:
                state = f"is there {len(found)} times" if found else "is not there"
                raise ForkError(
                    f"{self.path}: the seam's target `{name}` {state}; "
                    "read upstream's new code and point the seam at what took its place."
                )
            scope = [] if isinstance(found[0], ast.Assign) else found[0].body
        return found[0]

    def starts_line(self, node: ast.stmt | ast.expr, mark: bytes = b"") -> bytes | None:
        """The indentation of `node` when it (after `mark`) is the first thing on its line."""
        before = self.lines[node.lineno - 1][: node.col_offset].removesuffix(mark)
        return before if not before.strip() else None

    def ends_line(self, node: ast.stmt | ast.expr | ast.arg, mark: bytes = b"") -> bool:
        """Whether only `mark` and a comment follow `node` on its last line."""
        rest = self.lines[(node.end_lineno or 0) - 1][node.end_col_offset :]
        return re.fullmatch(rb"\s*" + re.escape(mark) + rb"\s*(#.*)?\n", rest) is not None


def _defines(node: ast.stmt, name: str) -> TypeGuard[Definition]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
        ast.unparse(d).endswith("overload") for d in node.decorator_list
    ):
        return False
    return isinstance(node, Definition.__value__) and name in names_of(node)


def names_of(node: ast.stmt) -> list[str]:
    """The names that one statement binds in its own scope."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Import():
            return [a.asname or a.name.partition(".")[0] for a in node.names]
        case ast.ImportFrom():
            return [a.asname or a.name for a in node.names]
        case ast.Assign():
            return [t.id for t in node.targets if isinstance(t, ast.Name)]
        case ast.AnnAssign():
            return [node.target.id] if isinstance(node.target, ast.Name) else []
        case ast.TypeAlias():
            return [node.name.id]
    return []


def bound_names(body: list[ast.stmt]) -> set[str]:
    """The names that the statements of a body bind."""
    return {name for node in body for name in names_of(node)}


def dump(node: object) -> str:
    """Syntax as text without positions.

    `ast.dump` writes empty fields in some Python versions and not in others; a guard must be
    the same in all, so empty fields are left out here.
    """
    if isinstance(node, ast.AST):
        parts = [f"{k}={dump(v)}" for k, v in ast.iter_fields(node) if v not in (None, [])]
        return f"{type(node).__name__}({','.join(parts)})"
    if isinstance(node, list):
        return f"[{','.join(dump(v) for v in node)}]"
    return repr(node)


def fingerprint(*parts: object) -> str:
    """Twelve hex digits that change when any of the parts (syntax or text) does."""
    return sha256("\n".join(dump(p) for p in parts).encode()).hexdigest()[:12]
