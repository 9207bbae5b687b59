"""What the operations share: parsing the insertion, refusing taken names, places after a node."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fork import ForkError
from fork.syntax import Definition, Function, Source, dump, fingerprint

if TYPE_CHECKING:
    from collections.abc import Collection

    from fork.seam import Seam

__all__ = [
    "Place",
    "behaviour",
    "behind",
    "function",
    "head",
    "imports",
    "no_line",
    "one",
    "refuse_repeat",
    "refuse_taken",
]


@dataclass(frozen=True)
class Place:
    """A point between two upstream lines.

    Parameters
    ----------
    line : int
        The number of upstream lines before the point.
    indent : bytes
        What each inserted line starts with.
    guard : str
        Fingerprint of what the insertion relies on, as upstream has it now.
    """

    line: int
    indent: bytes
    guard: str


def one[T: ast.stmt](seam: Seam, text: str, *kinds: type[T]) -> T:
    """Parse `text`, made from the insertion, as a single statement of one of these kinds."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        body = []
    if len(body) == 1 and isinstance(body[0], kinds):
        return body[0]
    raise ForkError(f"{seam}: the inserted text is not what this operation inserts; mend it.")


def refuse_taken(seam: Seam, names: Collection[str]) -> None:
    """Stop when upstream already has what the seam would add."""
    if names:
        raise ForkError(
            f"{seam}: `{', '.join(sorted(names))}` is already there; delete the seam if upstream "
            "has added it, and never apply seams twice."
        )


def refuse_repeat(seam: Seam, node: Function) -> None:
    """Stop when the body already contains a statement that the seam would add."""
    present = {dump(s): ast.unparse(s).partition("\n")[0] for s in node.body}
    try:
        new = ast.parse(seam.insert).body
    except SyntaxError:
        raise ForkError(f"{seam}: the inserted text is not a statement; mend it.") from None
    refuse_taken(seam, {present[d] for d in map(dump, new) if d in present})


def no_line(seam: Seam) -> ForkError:
    """The error for a place that has no line of its own."""
    return ForkError(
        f"{seam}: there is no place between two lines there (a line of its own, with its comma, "
        "for upstream's text and for ours); choose another operation."
    )


def behind(source: Source, seam: Seam, node: ast.stmt, *relies: object) -> Place:
    """The place after `node`, with its indentation, guarded by the syntax in `relies`."""
    indent = source.starts_line(node)
    if indent is None or not source.ends_line(node):
        raise no_line(seam)
    return Place(node.end_lineno or 0, indent, fingerprint(*relies))


def function(source: Source, seam: Seam) -> Function:
    """The target, which must be a function."""
    node = source.find(seam.target)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        raise ForkError(f"{seam}: the target is not a function; mend the seam.")
    return node


def head(node: Definition) -> list[object]:
    """What a decorator or a new field relies on: kind, name, decorators, bases or signature."""
    if isinstance(node, ast.ClassDef):
        return ["class", node.name, node.decorator_list, node.bases, node.keywords]
    if isinstance(node, ast.Assign):
        return ["list", node.targets]
    return [type(node).__name__, node.name, node.decorator_list, node.args]


def behaviour(node: Function) -> list[object]:
    """What a new statement relies on: the whole function except its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return [*head(node), body]


def imports(node: ast.stmt, module: str) -> bool:
    """Whether `node` imports `module`, or something from it."""
    if isinstance(node, ast.ImportFrom):
        return node.module == module
    return isinstance(node, ast.Import) and module in {a.name for a in node.names}
