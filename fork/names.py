"""Find where upstream's names are defined, behind re-exports, and the members of its classes."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from fork.definition import Defined, statements
from fork.syntax import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Modules"]


@dataclass
class Modules:
    """The modules of a distribution.

    Parameters
    ----------
    files : dict[str, bytes]
        Everything below ``zarr/``, by path relative to it.
    """

    files: Mapping[str, bytes]
    _bound: dict[str, dict[str, list[ast.stmt]]] = field(default_factory=dict, init=False)
    _known: dict[str, Defined | None] = field(default_factory=dict, init=False)

    @cached_property
    def paths(self) -> dict[str, str]:
        """The path of each module, by its name."""
        names = {p: f"zarr/{p}".removesuffix(".py").removesuffix("/__init__") for p in self.files}
        return {names[p].replace("/", "."): p for p in sorted(self.files) if p.endswith(".py")}

    def __contains__(self, module: str) -> bool:
        return module in self.paths

    def _bindings(self, module: str) -> dict[str, list[ast.stmt]]:
        if module not in self._bound:
            bound: dict[str, list[ast.stmt]] = {}
            path = self.paths[module]
            for node in statements(ast.parse(self.files[path], path).body):
                for name in names_of(node):
                    bound.setdefault(name, []).append(node)
            self._bound[module] = bound
        return self._bound[module]

    def split(self, dotted: str) -> tuple[str, list[str]]:
        """The longest module name that a dotted name starts with, and the parts after it."""
        parts = dotted.split(".")
        for count in range(len(parts), 0, -1):
            if (module := ".".join(parts[:count])) in self:
                return module, parts[count:]
        return "", parts

    def find(self, dotted: str) -> Defined | None:
        """The definition of a name; re-exports within the distribution are followed."""
        if dotted not in self._known:
            module, rest = self.split(dotted)
            found = self._name(module, rest[0]) if module and rest else None
            for word in rest[1:]:
                found = self.member(found, word) if found else None
            self._known[dotted] = found
        return self._known[dotted]

    def _name(self, module: str, name: str) -> Defined | None:
        nodes = tuple(self._bindings(module).get(name, ()))
        for node in nodes:
            origin = self._origin(module, node, name)
            if origin and (found := self._name(*origin)):
                return found
        return Defined(module, name, nodes) if nodes else None

    def _origin(self, module: str, node: ast.stmt, name: str) -> tuple[str, str] | None:
        if (
            not isinstance(node, ast.ImportFrom)
            or (source := self.source(module, node)) not in self
        ):
            return None
        told = next(a.name for a in node.names if (a.asname or a.name) == name)
        # A package that imports one of its own modules would lead here again.
        return (source, told) if (source, told) != (module, name) else None

    def source(self, module: str, node: ast.ImportFrom) -> str:
        """The module that an import in `module` names, relative or not."""
        if not node.level:
            return node.module or ""
        up = node.level - self.paths.get(module, "").endswith("__init__.py")
        parts = module.split(".")
        return ".".join([*parts[: len(parts) - up], *(node.module or "").split(".")]).strip(".")

    def member(self, cls: Defined, word: str) -> Defined | None:
        """The definition of an attribute of a class, in the class itself or in its bases."""
        if found := cls.own(word):
            return found
        for base in cls.scope.bases if cls.scope else ():
            # A base may be given with its module (`core.Buffer`) or with parameters
            # (`Codec[A, B]`).
            text = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
            parent = self._reached(cls.module, text)
            if parent and parent.nodes != cls.nodes and (found := self.member(parent, word)):
                return found
        return None

    def _reached(self, module: str, text: str) -> Defined | None:
        """The definition that a dotted expression in a module refers to."""
        first, _, rest = text.partition(".")
        if not rest:
            return self._name(module, first)
        for node in self._bindings(module).get(first, ()):
            if isinstance(node, ast.ImportFrom):
                told = next(a.name for a in node.names if (a.asname or a.name) == first)
                return self.find(f"{self.source(module, node)}.{told}.{rest}")
        return None

    def classes(self) -> Iterator[Defined]:
        """Every top-level class of a module, sorted by module."""
        for module in sorted(self.paths):
            for name, nodes in self._bindings(module).items():
                if isinstance(nodes[0], ast.ClassDef):
                    yield Defined(module, name, tuple(nodes))
