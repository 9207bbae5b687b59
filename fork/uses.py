"""What our packages rely on in upstream, besides the seams: names, methods, private attributes.

A seam's guard trips when upstream changes the place of a seam. The names that ``src/zarr`` imports
can also change their meaning, and still import. So every use is found in the syntax of our files,
and each use that upstream does not promise has a guard too, a fingerprint in ``fork/uses.toml``:

- a name that is imported from ``zarr.core``, or has an underscore anywhere in its dotted name;
- a method or property of such a class, when a file that imports the class names it;
- a method of a class that a seam decorates with a function of ``zarr._engine``, when a string in
  the file of that function has its name: the decorator replaces the method;
- an attribute with one leading underscore that upstream defines, found by its name alone, in every
  class that defines it: the syntax does not show the class of an object. An attribute of `self`
  that a class of ours binds is our own.

The guard of a class covers its head, its fields and the methods that Python itself calls; every
other method has its own guard, so that a guard that trips shows what changed.

Names of documented modules (``zarr.abc``, ``zarr.codecs``, ``zarr.errors``, ``zarr.storage`` ...)
are recorded without a guard. Upstream deprecates them before it changes them, and a deprecation
fails our tests, in which warnings are errors; upstream's own suite, which we run, tests what they
do. A guard of `Store` would trip in each release, until nobody reads the report. For the same
reasons, a public method is not found in a file that does not import the class. Like a seam's guard,
these cover one definition and not what it calls.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fork.decorated import decorated_classes, method_names
from fork.definition import Defined, is_private
from fork.file_uses import FileUses, read_files
from fork.syntax import Function

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fork.names import Modules

__all__ = ["Use", "find_uses", "needs_guard", "read_checkout"]


@dataclass(frozen=True)
class Use:
    """An upstream name that our packages rely on.

    Parameters
    ----------
    name : str
        As it is imported; for an attribute, preceded by the name of its class.
    defined : Defined or None
        Where upstream defines it, if it does.
    users : tuple[str, ...]
        Our files, relative to ``src/zarr``.
    guarded : bool
        Whether the record holds a fingerprint of the definition.
    kind : str
        ``"name"``, ``"method"``, ``"replaced"`` or ``"private"``.
    """

    name: str
    defined: Defined | None
    users: tuple[str, ...]
    guarded: bool
    kind: str


def needs_guard(name: str) -> bool:
    """Whether upstream makes no promise about this name."""
    return name.startswith("zarr.core.") or any(is_private(part) for part in name.split("."))


def read_checkout(root: Path, upstream: Modules) -> list[FileUses]:
    """The uses of upstream in each file of our packages in a checkout."""
    source = root / "src" / "zarr"
    trees = {
        path.relative_to(source).as_posix(): ast.parse(path.read_bytes(), str(path))
        for path in sorted(source.rglob("*.py"))
    }
    ours = {f"zarr.{file.partition('/')[0].removesuffix('.py')}" for file in trees}
    files = read_files(trees, upstream, ours)
    decorated = decorated_classes(root / "fork" / "seams", trees)
    for uses in files:
        if uses.file in decorated:
            uses.decorated = decorated[uses.file]
            uses.method_names = list(method_names(trees[uses.file]))
    return files


def find_uses(files: list[FileUses], upstream: Modules) -> list[Use]:
    """Every use, by name."""
    found: dict[str, Use] = {}
    for kind, seek in {
        "name": _names,
        "method": _methods,
        "replaced": _replaced,
        "private": _private,
    }.items():
        for name, defined, user in seek(files, upstream):
            users = found[name].users if name in found else ()
            known = tuple(sorted({*users, user}))
            found[name] = Use(name, defined, known, needs_guard(name), kind)
    return [found[name] for name in sorted(found)]


type _Found = Iterator[tuple[str, Defined | None, str]]


def _names(files: list[FileUses], upstream: Modules) -> _Found:
    for uses in files:
        for name in uses.names:
            yield name, upstream.find(name), uses.file


def _methods(files: list[FileUses], upstream: Modules) -> _Found:
    """The methods of guarded classes, in files that import the class and name the method."""
    for uses in files:
        for name in filter(needs_guard, uses.names):
            cls = upstream.find(name)
            if cls is None or cls.scope is None:
                continue
            words = uses.attributes | {word for base, word in uses.overridden if base == name}
            for word in words:
                member = None if word.startswith("_") else upstream.member(cls, word)
                if member and isinstance(member.nodes[0], Function.__value__):
                    yield f"{name}.{word}", member, uses.file


def _replaced(files: list[FileUses], upstream: Modules) -> _Found:
    """The methods that our decorators replace in the classes that seams decorate."""
    for uses in files:
        for name in uses.decorated:
            cls = upstream.find(name)
            for word in cls.methods if cls else ():
                # Names with one underscore are found by name alone, below.
                if uses.replaces(name, word) and not is_private(word):
                    yield f"{name}.{word}", upstream.find(f"{name}.{word}"), uses.file


def _private(files: list[FileUses], upstream: Modules) -> _Found:
    """The private attributes, in every class that defines one of that name."""
    for cls in upstream.classes():
        for uses in files:
            for word in uses.private:
                if attribute := cls.own(word):
                    yield f"{cls.module}.{attribute.name}", attribute, uses.file
    for uses in files:
        for base, word in filter(lambda pair: is_private(pair[1]), uses.overridden):
            parent = upstream.find(base)
            if parent and (method := upstream.member(parent, word)):
                yield f"{method.module}.{method.name}", method, uses.file
