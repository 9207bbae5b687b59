"""Imports and lengths of Python modules, read from their syntax trees."""

from __future__ import annotations

import ast
import tokenize
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Import(NamedTuple):
    """An import of one module by another, anywhere in the file."""

    importer: str
    imported: str


def modules(root: Path, package: str) -> dict[str, Path]:
    """Return the modules of a package by name; `root` is the folder that holds it."""
    found = {}
    for path in sorted((root / package.replace(".", "/")).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(named: Mapping[str, Path], *, types: bool = True) -> list[Import]:
    """Return every import of one of these modules by another; `types` adds those for type
    checkers.
    """
    return [
        Import(name, imported)
        for name, path in named.items()
        for imported in sorted(set(_imported(path, named, types=types)) - {name})
    ]


def _imported(path: Path, named: Mapping[str, Path], *, types: bool) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not types:
        tree = _AtRunTime().visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in named)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in named:
                    yield full
                elif node.module in named:
                    yield node.module


class _AtRunTime(ast.NodeTransformer):
    """Removes the code that only type checkers read."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        is_typing = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return None if is_typing else self.generic_visit(node)


def code_lines(path: Path) -> int:
    """Return the number of lines with code, without blank lines, comments and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            said.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    code = set[int]()
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type not in blank and token.type != tokenize.ENCODING and token.string:
                code.update(range(token.start[0], token.end[0] + 1))
    return len(code - said)
