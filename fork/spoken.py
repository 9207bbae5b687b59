"""What our packages say of upstream, read from their syntax and never by importing them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fork.definition import bound_on_self, is_private
from fork.syntax import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fork.names import Modules

__all__ = ["Spoken", "listen"]

_BY_NAME = frozenset({"getattr", "hasattr", "setattr", "delattr"})


@dataclass
class Spoken:
    """What one of our files says of upstream.

    Parameters
    ----------
    file : str
        Its path relative to ``src/zarr``.
    names : set[str]
        Upstream's names that it imports, or reaches through a module that it imports.
    words : set[str]
        The attributes that it names, of whatever object.
    private : set[str]
        Those that begin with an underscore and are not an own class's.
    overridden : set[tuple[str, str]]
        Upstream class and method, for each method of a class that inherits from one.
    handed : set[str]
        Upstream classes that seams hand to a decorator in the file.
    told : list[re.Pattern[str]]
        What it tells by text, for the methods of those.
    """

    file: str
    names: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    overridden: set[tuple[str, str]] = field(default_factory=set)
    handed: set[str] = field(default_factory=set)
    told: list[re.Pattern[str]] = field(default_factory=list)

    def replaces(self, cls: str, method: str) -> bool:
        """Whether the file replaces a method of a class that it decorates."""
        return cls in self.handed and any(text.fullmatch(method) for text in self.told)


@dataclass(frozen=True)
class _Class:
    """One of our classes: what it binds itself, and what it inherits from."""

    bound: set[str]
    bases: tuple[str, ...]


def listen(files: Mapping[str, ast.Module], upstream: Modules, ours: Iterable[str]) -> list[Spoken]:
    """What each file says; `ours` are our modules at the top of the package, as ``zarr.crud``."""
    classes: dict[str, list[_Class]] = {}
    for tree in files.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append(_read_class(node))
    return [_Listener(f, files[f], upstream, tuple(ours), classes).spoken for f in sorted(files)]


def _read_class(node: ast.ClassDef) -> _Class:
    bound = {name for n in node.body for name in names_of(n)}
    for inner in ast.walk(node):
        bound.update(bound_on_self(inner))
        if isinstance(inner, ast.Assign) and names_of(inner) == ["__slots__"]:
            bound |= {str(c.value) for c in ast.walk(inner) if isinstance(c, ast.Constant)}
    bases = (b.value if isinstance(b, ast.Subscript) else b for b in node.bases)
    return _Class(bound, tuple(ast.unparse(b) for b in bases))


class _Listener(ast.NodeVisitor):
    """Reads one file: first all its imports, then what is said with them."""

    def __init__(
        self,
        file: str,
        tree: ast.Module,
        upstream: Modules,
        ours: tuple[str, ...],
        classes: Mapping[str, list[_Class]],
    ) -> None:
        self.spoken = Spoken(file)
        self._upstream, self._ours, self._classes = upstream, ours, classes
        self._module = f"zarr.{file.removesuffix('.py').removesuffix('/__init__')}".replace(
            "/", "."
        )
        self._is_package = file.endswith("__init__.py")
        self._known: dict[str, str] = {}
        self._within: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._import(node)
            elif isinstance(node, ast.ImportFrom):
                self._import_from(node)
        self.visit(tree)

    def _is_ours(self, dotted: str) -> bool:
        return any(dotted == name or dotted.startswith(f"{name}.") for name in self._ours)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name.partition(".")[0] == "zarr":
                self._known[alias.asname or "zarr"] = alias.name if alias.asname else "zarr"

    def _import_from(self, node: ast.ImportFrom) -> None:
        source = node.module or ""
        if node.level:
            parts = self._module.split(".")
            kept = parts[: len(parts) - node.level + self._is_package]
            source = ".".join([*kept, *source.split(".")]).strip(".")
        if source.partition(".")[0] != "zarr":
            return
        for alias in node.names:
            self._known[alias.asname or alias.name] = f"{source}.{alias.name}"
            self._say(f"{source}.{alias.name}")

    def _say(self, dotted: str) -> None:
        """Count an upstream name; a module is none, only what is said of it."""
        module, rest = self._upstream.split(dotted)
        if rest and not self._is_ours(dotted):
            self.spoken.names.add(f"{module}.{rest[0]}" if module else dotted)

    def _stands_for(self, node: ast.expr) -> str | None:
        """The dotted name of an expression that begins with what was imported."""
        first, dot, rest = ast.unparse(node).partition(".")
        return f"{self._known[first]}{dot}{rest}" if first in self._known else None

    def _is_own(self, node: ast.expr, word: str) -> bool:
        """Whether `node` is `self`, or the like, in a class of ours that binds the word."""
        told = isinstance(node, ast.Name) and node.id in ("self", "cls") and self._within
        return bool(told) and word in self._bound(self._within[-1], frozenset())

    def _bound(self, name: str, seen: frozenset[str]) -> set[str]:
        known = [] if name in seen else self._classes.get(name, [])
        inherited = [self._bound(b, seen | {name}) for c in known for b in c.bases]
        return {word for part in [*(c.bound for c in known), *inherited] for word in part}

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Note what of upstream's the class overrides."""
        for base in _read_class(node).bases:
            dotted = self._known.get(base.partition(".")[0])
            if dotted is not None and not self._is_ours(dotted):
                reached = ".".join([dotted, *base.split(".")[1:]])
                methods = (w for n in node.body for w in names_of(n))
                self.spoken.overridden.update((reached, w) for w in methods)
        self._within.append(node.name)
        self.generic_visit(node)
        self._within.pop()

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Note a name of a module, or an attribute of an object."""
        module = self._stands_for(node.value)
        if module is not None and module in self._upstream:
            self._say(f"{module}.{node.attr}")
        else:
            self._word(node.value, node.attr)
        self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        """Note the attributes that a pattern looks at."""
        for word in node.kwd_attrs:
            self._word(node.cls, word)
        self.generic_visit(node)

    def _word(self, owner: ast.expr, word: str) -> None:
        self.spoken.words.add(word)
        if is_private(word) and not self._is_own(owner, word):
            self.spoken.private.add(word)

    def visit_Call(self, node: ast.Call) -> None:
        """Note attributes that are told by strings, as to `getattr` and to what wraps a method."""
        for argument in node.args[1:]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                module = self._stands_for(node.args[0])
                if (
                    module is not None
                    and module in self._upstream
                    and ast.unparse(node.func) in _BY_NAME
                ):
                    self._say(f"{module}.{argument.value}")
                elif argument.value.isidentifier():
                    self._word(node.args[0], argument.value)
        self.generic_visit(node)
