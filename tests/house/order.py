"""Folders and layers: modules grouped by folder, and the imports between the groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

type Edges = dict[tuple[str, str], list[str]]
"""By a folder and another that it imports: the imports, in words."""


class Graph(NamedTuple):
    """Folders, and the imports between them; a file beside the folders counts as a folder."""

    folders: list[str]
    edges: Edges


def folder_of(module: str, folders: Iterable[str]) -> str | None:
    """Return the folder of a module: the longest folder name that the module's name starts with."""
    found = [f for f in folders if module == f or module.startswith(f"{f}.")]
    return max(found, key=len, default=None)


def graph_of(folders: Sequence[str], imports: Iterable[tuple[str, str]]) -> Graph:
    """Return the imports between folders."""
    edges: Edges = {}
    for importer, imported in imports:
        one, other = folder_of(importer, folders), folder_of(imported, folders)
        if one is not None and other is not None and one != other:
            edges.setdefault((one, other), []).append(f"{importer} imports {imported}")
    return Graph(list(folders), edges)


def upward(layers: Sequence[Sequence[str]], edges: Edges) -> list[str]:
    """Return the imports that do not lead to a lower layer; `layers` starts with the lowest."""
    level = {folder: number for number, layer in enumerate(layers) for folder in layer}
    return [
        said
        for (one, other), imports in sorted(edges.items())
        if level[other] >= level[one]
        for said in imports
    ]


def cycles(names: Iterable[str], edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the groups of names that can all reach each other."""
    ahead: dict[str, set[str]] = {name: set() for name in names}
    for one, other in edges:
        ahead[one].add(other)
    reached = {name: _reached(name, ahead) for name in ahead}
    found = {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in ahead
        if name in reached[name]
    }
    return sorted(sorted(group) for group in found)


def _reached(name: str, ahead: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(ahead[name])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting.extend(ahead[other])
    return found


def count_layers(names: Iterable[str], edges: Iterable[tuple[str, str]]) -> int:
    """Return the number of layers if each folder is above everything that it imports."""
    ahead: dict[str, set[str]] = {name: set() for name in names}
    for one, other in edges:
        ahead[one].add(other)
    height: dict[str, int] = {}

    def high(name: str, below: tuple[str, ...] = ()) -> int:
        if name in below:
            return 0
        if name not in height:
            height[name] = 1 + max((high(o, (*below, name)) for o in ahead[name]), default=0)
        return height[name]

    return max(map(high, ahead), default=0)
