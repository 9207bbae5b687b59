"""What our packages rely on in upstream, beside the seams: names, methods, private attributes.

A seam's guard tells when upstream changes the place of a seam. What ``src/zarr`` imports can
change its meaning as well, and import as before. So every use is found in the syntax of our files,
and what upstream does not promise has a guard like a seam's, a fingerprint in ``fork/uses.toml``:

- a name that is imported from ``zarr.core``, or has an underscore anywhere in its dotted name;
- a method or property of such a class, when a file that imports the class names it;
- a method of a class that a seam hands to a decorator in ``zarr._engine``, when the file of that
  decorator tells its name in a text: it replaces the method;
- an attribute with one leading underscore that upstream defines, told by its name alone, in every
  class that defines it: the syntax does not tell the class of an object. What a class of ours binds
  itself is its own where it says it of `self`.

A class counts with its head, its fields and the methods that Python itself calls; each other method
has a guard of its own, so that a trip says what changed.

Names of documented modules (``zarr.abc``, ``zarr.codecs``, ``zarr.errors``, ``zarr.storage`` ...)
are recorded without a guard. Upstream deprecates before it changes them, and a deprecation fails
our tests, in which warnings are errors; its own suite, which we run, holds what they do. A guard of
`Store` would trip in each release, until nobody reads what it says. For the same reasons a public
method is not seen in a file that does not import the class. A guard looks at one definition and not
at what that calls, as a seam's does.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fork.definition import Defined, is_private
from fork.handed import handed_classes, told
from fork.spoken import Spoken, listen
from fork.syntax import Function

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fork.names import Modules

__all__ = ["Use", "find_uses", "hear", "needs_guard"]


@dataclass(frozen=True)
class Use:
    """A name of upstream's that our packages rely on.

    Parameters
    ----------
    name : str
        As it is imported; for an attribute, behind the class that has it.
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
    """Whether upstream promises nothing of this name."""
    return name.startswith("zarr.core.") or any(is_private(part) for part in name.split("."))


def hear(root: Path, upstream: Modules) -> list[Spoken]:
    """What the packages of a checkout say of upstream."""
    source = root / "src" / "zarr"
    files = {
        path.relative_to(source).as_posix(): ast.parse(path.read_bytes(), str(path))
        for path in sorted(source.rglob("*.py"))
    }
    ours = {f"zarr.{file.partition('/')[0].removesuffix('.py')}" for file in files}
    spoken = listen(files, upstream, ours)
    handed = handed_classes(root / "fork" / "seams", files)
    for said in spoken:
        if said.file in handed:
            said.handed, said.told = handed[said.file], list(told(files[said.file]))
    return spoken


def find_uses(spoken: list[Spoken], upstream: Modules) -> list[Use]:
    """Every use, by name."""
    found: dict[str, Use] = {}
    for kind, seek in {
        "name": _names,
        "method": _methods,
        "replaced": _replaced,
        "private": _private,
    }.items():
        for name, defined, user in seek(spoken, upstream):
            users = found[name].users if name in found else ()
            known = tuple(sorted({*users, user}))
            found[name] = Use(name, defined, known, needs_guard(name), kind)
    return [found[name] for name in sorted(found)]


type _Found = Iterator[tuple[str, Defined | None, str]]


def _names(spoken: list[Spoken], upstream: Modules) -> _Found:
    for said in spoken:
        for name in said.names:
            yield name, upstream.find(name), said.file


def _methods(spoken: list[Spoken], upstream: Modules) -> _Found:
    """The methods of guarded classes that a file names which imports the class."""
    for said in spoken:
        for name in filter(needs_guard, said.names):
            cls = upstream.find(name)
            if cls is None or cls.scope is None:
                continue
            words = said.words | {word for base, word in said.overridden if base == name}
            for word in words:
                member = None if word.startswith("_") else upstream.member(cls, word)
                if member and isinstance(member.nodes[0], Function.__value__):
                    yield f"{name}.{word}", member, said.file


def _replaced(spoken: list[Spoken], upstream: Modules) -> _Found:
    """The methods, of classes that seams hand to our decorators, which those replace."""
    for said in spoken:
        for name in said.handed:
            cls = upstream.find(name)
            for word in cls.methods if cls else ():
                # One underscore: told by name alone, below.
                if said.replaces(name, word) and not is_private(word):
                    yield f"{name}.{word}", upstream.find(f"{name}.{word}"), said.file


def _private(spoken: list[Spoken], upstream: Modules) -> _Found:
    """The private attributes, of every class that defines one of that name."""
    for cls in upstream.classes():
        for said in spoken:
            for word in said.private:
                if attribute := cls.own(word):
                    yield f"{cls.module}.{attribute.name}", attribute, said.file
    for said in spoken:
        for base, word in filter(lambda pair: is_private(pair[1]), said.overridden):
            parent = upstream.find(base)
            if parent and (method := upstream.member(parent, word)):
                yield f"{method.module}.{method.name}", method, said.file
