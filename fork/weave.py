"""Insert seams into one upstream file, and prove that nothing else changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

from fork import ForkError
from fork.place import locate
from fork.syntax import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fork.seam import Seam

__all__ = ["Insertion", "prove_insert_only", "weave"]


@dataclass(frozen=True)
class Insertion:
    """A seam at its place: `lines` follow upstream's line number `line`."""

    seam: Seam
    line: int
    lines: tuple[bytes, ...]


def weave(path: str, data: bytes, seams: list[Seam]) -> tuple[bytes, list[Insertion]]:
    """Upstream's file with its seams, and what was inserted where."""
    source = Source(path, data)
    insertions = []
    for seam in seams:
        if seams.count(seam) > 1:
            raise ForkError(f"{seam}: it is listed twice; delete one of the two.")
        place = locate(source, seam)
        text = dedent(seam.insert).strip("\n").splitlines()
        lines = (place.indent + line.encode() if line else b"" for line in text)
        insertions.append(Insertion(seam, place.line, tuple(line + b"\n" for line in lines)))
    woven = b"".join(_lines(source, insertions))
    prove_insert_only(path, data, woven, [line for i in insertions for line in i.lines])
    try:
        compile(woven, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ForkError(
            f"{path}: with its seams the file is no Python any more (line {error.lineno}: "
            f"{error.msg}); mend the seam there."
        ) from None
    return woven, insertions


def _lines(source: Source, insertions: list[Insertion]) -> Iterator[bytes]:
    for number in range(len(source.lines) + 1):
        if number:
            yield source.lines[number - 1]
        for insertion in insertions:
            if insertion.line == number:
                yield from insertion.lines


def prove_insert_only(path: str, before: bytes, after: bytes, inserted: list[bytes]) -> None:
    """Stop unless `after` is all of `before`, line by line in order, plus the `inserted` lines.

    This compares the two texts, and does not depend on how one was made from the other.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    rest = iter(new)
    for line in old:
        if line not in rest:
            raise ForkError(f"{path}: the seams lost upstream's line {line!r}; mend fork/weave.py.")
    if Counter(new) != Counter(old) + Counter(inserted):
        raise ForkError(
            f"{path}: the seams added other lines than those that they say; mend fork/weave.py."
        )
