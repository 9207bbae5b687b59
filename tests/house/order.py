"""Rooms and floors: modules grouped by folder, and what each group may import."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

type Arrows = dict[tuple[str, str], list[str]]
"""By a room and another that it imports: the imports, in words."""


class House(NamedTuple):
    """The rooms that are named in the plan of the house, and how they import each other."""

    rooms: list[str]
    arrows: Arrows


def room_of(module: str, rooms: Iterable[str]) -> str | None:
    """Return the room that a module is in: the one with the longest name that begins its own."""
    found = [room for room in rooms if module == room or module.startswith(f"{room}.")]
    return max(found, key=len, default=None)


def house(rooms: Sequence[str], imports: Iterable[tuple[str, str]]) -> House:
    """Return the arrows between rooms."""
    arrows: Arrows = {}
    for importer, imported in imports:
        one, other = room_of(importer, rooms), room_of(imported, rooms)
        if one is not None and other is not None and one != other:
            arrows.setdefault((one, other), []).append(f"{importer} imports {imported}")
    return House(list(rooms), arrows)


def upward(floors: Sequence[Sequence[str]], arrows: Arrows) -> list[str]:
    """Return the imports that do not lead to a lower floor; `floors` begins with the lowest."""
    level = {room: number for number, floor in enumerate(floors) for room in floor}
    return [
        said
        for (one, other), imports in sorted(arrows.items())
        if level[other] >= level[one]
        for said in imports
    ]


def circles(names: Iterable[str], arrows: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the groups of names that all lead to each other."""
    ahead: dict[str, set[str]] = {name: set() for name in names}
    for one, other in arrows:
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


def floors_of(names: Iterable[str], arrows: Iterable[tuple[str, str]]) -> int:
    """Return how many floors there are where each room stands above all that it imports."""
    ahead: dict[str, set[str]] = {name: set() for name in names}
    for one, other in arrows:
        ahead[one].add(other)
    height: dict[str, int] = {}

    def high(name: str, below: tuple[str, ...] = ()) -> int:
        if name in below:
            return 0
        if name not in height:
            height[name] = 1 + max((high(o, (*below, name)) for o in ahead[name]), default=0)
        return height[name]

    return max(map(high, ahead), default=0)
