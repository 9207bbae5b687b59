"""An upstream definition, and the fingerprint of what its users rely on."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fork.anchor import behaviour, head
from fork.syntax import Function, fingerprint, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Defined", "bound_on_self", "is_private", "statements"]


def is_private(word: str) -> bool:
    """Whether a word starts with an underscore and is none of Python's own, such as `__len__`."""
    return word.startswith("_") and not word.endswith("__")


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a scope, including those in its branches, but not those of inner scopes."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for _, value in ast.iter_fields(node):
                if isinstance(value, list):
                    inner = [h.body if isinstance(h, ast.ExceptHandler) else [h] for h in value]
                    yield from statements(
                        [n for part in inner for n in part if isinstance(n, ast.stmt)]
                    )


def bound_on_self(node: ast.AST) -> list[str]:
    """The attributes that a statement binds on `self`, directly or by `__setattr__`."""
    match node:
        case ast.Assign():
            targets = [part for target in node.targets for part in ast.walk(target)]
        case ast.AnnAssign() | ast.AugAssign():
            targets = [node.target]
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(attr="__setattr__"),
                args=[ast.Name(id="self"), ast.Constant(value=str(word)), _],
            )
        ):
            return [word]
        case _:
            return []
    return [t.attr for t in targets if isinstance(t, ast.Attribute) and _is_bound_on_self(t)]


def _is_bound_on_self(node: ast.Attribute) -> bool:
    # `self.a[0] = 1` only reads `a`, which another class may define.
    is_bound = isinstance(node.ctx, ast.Store)
    return is_bound and isinstance(node.value, ast.Name) and node.value.id == "self"


@dataclass(frozen=True)
class Defined:
    """A definition: the statements of one module (or class in it) that bind a name."""

    module: str
    name: str
    nodes: tuple[ast.stmt, ...]

    @property
    def guard(self) -> str:
        """Fingerprint of what a user relies on.

        For a function, that is everything except its docstring, as for a seam that adds a
        statement. For a class, it is the head, the fields, and the methods that Python itself
        calls.
        """
        return fingerprint(*(part for node in self.nodes for part in _parts(node)))

    @property
    def scope(self) -> ast.ClassDef | None:
        """The class, if this is one."""
        return next((n for n in self.nodes if isinstance(n, ast.ClassDef)), None)

    @cached_property
    def _attributes(self) -> dict[str, list[ast.stmt]]:
        """The statements that bind each attribute, in the class body or on `self`."""
        bound: dict[str, list[ast.stmt]] = {}
        for node in statements(self.scope.body) if self.scope else ():
            for name in names_of(node):
                bound.setdefault(name, []).append(node)
            within = ast.walk(node) if isinstance(node, Function.__value__) else ()
            for inner in (n for n in within if isinstance(n, ast.stmt)):
                for word in bound_on_self(inner):
                    bound.setdefault(word, []).append(inner)
        return bound

    @property
    def methods(self) -> list[str]:
        """The names of the methods and properties in the body of a class."""
        body = statements(self.scope.body) if self.scope else ()
        return sorted({node.name for node in body if isinstance(node, Function.__value__)})

    def own(self, word: str) -> Defined | None:
        """The definition of an attribute in this class itself, not in its bases."""
        nodes = self._attributes.get(word)
        return Defined(self.module, f"{self.name}.{word}", tuple(nodes)) if nodes else None


def _parts(node: ast.stmt) -> list[object]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return behaviour(node)
    if not isinstance(node, ast.ClassDef):
        return [node]
    parts = head(node)
    for member in statements(node.body):
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            if member.name.endswith("__"):
                parts += behaviour(member)
        elif not isinstance(member, ast.ClassDef | ast.Expr | ast.If | ast.Try | ast.With):
            parts.append(member)
    return parts
