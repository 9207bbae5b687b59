"""Where each operation inserts, what it relies on, and when it must refuse."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fork import ForkError
from fork.anchor import (
    Place,
    behaviour,
    behind,
    function,
    head,
    imports,
    no_line,
    one,
    refuse_repeat,
    refuse_taken,
)
from fork.docstring import entries
from fork.syntax import Source, bound_names, dump, fingerprint, names_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fork.seam import Seam

__all__ = ["locate"]


def locate(source: Source, seam: Seam) -> Place:
    """The place of `seam` in upstream's file; stops when it is missing, taken or changed."""
    place = _LOCATORS[seam.op](source, seam)
    if place.guard != seam.guard:
        raise ForkError(
            f"{seam}: upstream has changed what it relies on; read the new code, mend the seam "
            f'if need be, then set its guard to "{place.guard}" (it is "{seam.guard}").'
        )
    return place


def _import(source: Source, seam: Seam) -> Place:
    new = one(seam, seam.insert, ast.Import, ast.ImportFrom)
    body = source.module.body
    found = [n for n in body if imports(n, seam.after)]
    if len(found) != 1:
        raise ForkError(
            f"{seam}: there are {len(found)} module-level imports from there, not one; "
            "name another module to stand after."
        )
    refuse_taken(seam, set(names_of(new)) & bound_names(body))
    return behind(source, seam, found[0], found[0])


def _decorator(source: Source, seam: Seam) -> Place:
    new = one(seam, f"{seam.insert}\ndef _(): ...", ast.FunctionDef)
    node = source.find(seam.target)
    if isinstance(node, ast.Assign):
        raise ForkError(f"{seam}: only a class or a function can be decorated; mend the seam.")
    present = {dump(d): ast.unparse(d) for d in node.decorator_list}
    refuse_taken(seam, {present[d] for d in map(dump, new.decorator_list) if d in present})
    first = node.decorator_list[0] if node.decorator_list else node
    indent = source.starts_line(first, b"@" if node.decorator_list else b"")
    if indent is None:
        raise no_line(seam)
    return Place(first.lineno - 1, indent, fingerprint(*head(node)))


def _field(source: Source, seam: Seam) -> Place:
    new = one(seam, seam.insert, ast.Assign, ast.AnnAssign)
    node = source.find(seam.target)
    if not isinstance(node, ast.ClassDef):
        raise ForkError(f"{seam}: the target is not a class; mend the seam.")
    refuse_taken(seam, set(names_of(new)) & bound_names(node.body))
    fields = node.body[1:] if ast.get_docstring(node) is not None else node.body
    last = None
    for statement in fields:
        if not isinstance(statement, ast.AnnAssign):
            break
        last = statement
    if last is None:
        raise ForkError(f"{seam}: the class does not begin with annotated fields; mend the seam.")
    return behind(source, seam, last, *head(node), last)


def _parameter(source: Source, seam: Seam) -> Place:
    new = one(seam, f"def _(*, {seam.insert}): ...", ast.FunctionDef)
    args = function(source, seam).args
    taken = {a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    refuse_taken(seam, {a.arg for a in new.args.kwonlyargs} & taken)
    if not args.kwonlyargs:
        raise ForkError(f"{seam}: there is no keyword-only parameter to stand after.")
    last = args.kwonlyargs[-1]
    end = args.kw_defaults[-1] or last
    before = source.lines[last.lineno - 1][: last.col_offset]
    if before.strip() or not source.ends_line(end, b","):
        raise no_line(seam)
    return Place(end.end_lineno or 0, before, fingerprint(args))


def _first(source: Source, seam: Seam) -> Place:
    node = function(source, seam)
    refuse_repeat(seam, node)
    if ast.get_docstring(node) is not None:
        return behind(source, seam, node.body[0], *behaviour(node))
    indent = source.starts_line(node.body[0])
    if indent is None:
        raise no_line(seam)
    return Place(node.body[0].lineno - 1, indent, fingerprint(*behaviour(node)))


def _last(source: Source, seam: Seam) -> Place:
    node = function(source, seam)
    refuse_repeat(seam, node)
    if isinstance(node.body[-1], ast.Return | ast.Raise):
        raise ForkError(f"{seam}: the body ends in return or raise, so nothing after it would run.")
    return behind(source, seam, node.body[-1], *behaviour(node))


def _item(source: Source, seam: Seam) -> Place:
    found = [
        n.value
        for n in ast.walk(source.find(seam.target))
        if isinstance(n, ast.Return | ast.Assign) and isinstance(n.value, ast.Dict | ast.List)
    ]
    if len(found) != 1:
        raise ForkError(f"{seam}: there are {len(found)} dict or list literals, not one.")
    brackets = "{}" if isinstance(found[0], ast.Dict) else "[]"
    new = one(seam, seam.insert.join(brackets), ast.Expr).value
    old = _items(found[0])
    refuse_taken(seam, {ast.unparse(i) for i in _items(new)} & {ast.unparse(i) for i in old})
    indent = source.starts_line(old[0]) if old else None
    if indent is None or not seam.insert.endswith(","):
        raise no_line(seam)
    return Place(old[0].lineno - 1, indent, fingerprint(type(found[0]).__name__, old[0]))


def _items(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Dict):
        return [key for key in node.keys if key is not None]
    return node.elts if isinstance(node, ast.List) else []


def _docstring(source: Source, seam: Seam) -> Place:
    node = source.find(seam.target)
    if isinstance(node, ast.Assign) or ast.get_docstring(node) is None:
        raise ForkError(f"{seam}: the target has no docstring; mend the seam.")
    if '"""' in seam.insert or "\\" in seam.insert:
        raise ForkError(f"{seam}: the text would end or escape the docstring; reword it.")
    first, end = node.body[0].lineno - 1, node.body[0].end_lineno or 0
    indent, ends = entries(source.lines[first:end])
    if seam.after not in ends:
        known = f"those are {', '.join(ends)}" if ends else "there is no section `Parameters`"
        raise ForkError(f"{seam}: no such parameter is documented there ({known}); name another.")
    refuse_taken(seam, {seam.insert.partition(":")[0].strip()} & ends.keys())
    if first + ends[seam.after] == end:  # The closing quotes are on that line: code follows.
        raise no_line(seam)
    return Place(first + ends[seam.after], indent, fingerprint(*ends))


_LOCATORS: dict[str, Callable[[Source, Seam], Place]] = {
    "import": _import,
    "decorator": _decorator,
    "field": _field,
    "parameter": _parameter,
    "first": _first,
    "last": _last,
    "item": _item,
    "docstring": _docstring,
}
