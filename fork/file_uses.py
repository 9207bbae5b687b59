"""The uses of upstream in each of our files, read from their syntax; nothing is imported."""

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

__all__ = ["FileUses", "read_files"]

_BY_NAME = frozenset({"getattr", "hasattr", "setattr", "delattr"})


@dataclass
class FileUses:
    """The uses of upstream in one of our files.

    Parameters
    ----------
    file : str
        Its path relative to ``src/zarr``.
    names : set[str]
        Upstream's names that it imports, or takes from a module that it imports.
    attributes : set[str]
        The attributes that it names, of any object.
    private : set[str]
        Those that begin with an underscore, except attributes of its own classes.
    overridden : set[tuple[str, str]]
        The upstream base class and the method, for each method of a class that has such a base.
    decorated : set[str]
        Upstream classes that seams decorate with a function of the file.
    method_names : list[re.Pattern[str]]
        The names in its strings, which may be methods of those classes.
    """

    file: str
    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    overridden: set[tuple[str, str]] = field(default_factory=set)
    decorated: set[str] = field(default_factory=set)
    method_names: list[re.Pattern[str]] = field(default_factory=list)

    def replaces(self, cls: str, method: str) -> bool:
        """Whether the file replaces this method of a class that it decorates."""
        return cls in self.decorated and any(text.fullmatch(method) for text in self.method_names)


@dataclass(frozen=True)
class _Class:
    """One of our classes: the names that it binds itself, and its bases."""

    bound: set[str]
    bases: tuple[str, ...]


def read_files(
    files: Mapping[str, ast.Module], upstream: Modules, ours: Iterable[str]
) -> list[FileUses]:
    """The uses in each file; `ours` are our top-level modules, such as ``zarr.crud``."""
    classes: dict[str, list[_Class]] = {}
    for tree in files.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append(_read_class(node))
    return [_Reader(f, files[f], upstream, tuple(ours), classes).uses for f in sorted(files)]


def _read_class(node: ast.ClassDef) -> _Class:
    bound = {name for n in node.body for name in names_of(n)}
    for inner in ast.walk(node):
        bound.update(bound_on_self(inner))
        if isinstance(inner, ast.Assign) and names_of(inner) == ["__slots__"]:
            bound |= {str(c.value) for c in ast.walk(inner) if isinstance(c, ast.Constant)}
    bases = (b.value if isinstance(b, ast.Subscript) else b for b in node.bases)
    return _Class(bound, tuple(ast.unparse(b) for b in bases))


class _Reader(ast.NodeVisitor):
    """Reads one file: first all its imports, then its uses of the imported names."""

    def __init__(
        self,
        file: str,
        tree: ast.Module,
        upstream: Modules,
        ours: tuple[str, ...],
        classes: Mapping[str, list[_Class]],
    ) -> None:
        self.uses = FileUses(file)
        self._upstream, self._ours, self._classes = upstream, ours, classes
        self._module = f"zarr.{file.removesuffix('.py').removesuffix('/__init__')}".replace(
            "/", "."
        )
        self._is_package = file.endswith("__init__.py")
        self._imported: dict[str, str] = {}
        self._around: list[str] = []
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
                self._imported[alias.asname or "zarr"] = alias.name if alias.asname else "zarr"

    def _import_from(self, node: ast.ImportFrom) -> None:
        source = node.module or ""
        if node.level:
            parts = self._module.split(".")
            kept = parts[: len(parts) - node.level + self._is_package]
            source = ".".join([*kept, *source.split(".")]).strip(".")
        if source.partition(".")[0] != "zarr":
            return
        for alias in node.names:
            self._imported[alias.asname or alias.name] = f"{source}.{alias.name}"
            self._add_name(f"{source}.{alias.name}")

    def _add_name(self, dotted: str) -> None:
        """Add an upstream name; a module does not count, but a name in it does."""
        module, rest = self._upstream.split(dotted)
        if rest and not self._is_ours(dotted):
            self.uses.names.add(f"{module}.{rest[0]}" if module else dotted)

    def _dotted(self, node: ast.expr) -> str | None:
        """The dotted name of an expression that starts with an imported name."""
        first, dot, rest = ast.unparse(node).partition(".")
        return f"{self._imported[first]}{dot}{rest}" if first in self._imported else None

    def _is_own(self, node: ast.expr, word: str) -> bool:
        """Whether `node` is `self` or `cls` in a class of ours that binds the word."""
        is_self = isinstance(node, ast.Name) and node.id in ("self", "cls") and self._around
        return bool(is_self) and word in self._bound(self._around[-1], frozenset())

    def _bound(self, name: str, seen: frozenset[str]) -> set[str]:
        known = [] if name in seen else self._classes.get(name, [])
        inherited = [self._bound(b, seen | {name}) for c in known for b in c.bases]
        return {word for part in [*(c.bound for c in known), *inherited] for word in part}

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Note which upstream methods the class overrides."""
        for base in _read_class(node).bases:
            dotted = self._imported.get(base.partition(".")[0])
            if dotted is not None and not self._is_ours(dotted):
                reached = ".".join([dotted, *base.split(".")[1:]])
                methods = (w for n in node.body for w in names_of(n))
                self.uses.overridden.update((reached, w) for w in methods)
        self._around.append(node.name)
        self.generic_visit(node)
        self._around.pop()

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Note a name of a module, or an attribute of an object."""
        module = self._dotted(node.value)
        if module is not None and module in self._upstream:
            self._add_name(f"{module}.{node.attr}")
        else:
            self._add_attribute(node.value, node.attr)
        self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        """Note the attributes in a pattern."""
        for word in node.kwd_attrs:
            self._add_attribute(node.cls, word)
        self.generic_visit(node)

    def _add_attribute(self, owner: ast.expr, word: str) -> None:
        self.uses.attributes.add(word)
        if is_private(word) and not self._is_own(owner, word):
            self.uses.private.add(word)

    def visit_Call(self, node: ast.Call) -> None:
        """Note an attribute that is named by a string, as in `getattr` or a wrapper."""
        for argument in node.args[1:]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                module = self._dotted(node.args[0])
                if (
                    module is not None
                    and module in self._upstream
                    and ast.unparse(node.func) in _BY_NAME
                ):
                    self._add_name(f"{module}.{argument.value}")
                elif argument.value.isidentifier():
                    self._add_attribute(node.args[0], argument.value)
        self.generic_visit(node)
