"""What a person might ask of a land mask, as selections and as words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from places import CITIES, ISLANDS, OPEN_SEA

if TYPE_CHECKING:
    from world import World

type Selection = tuple[int | slice, ...]
type Found = Sequence[npt.NDArray[np.bool_] | np.bool_ | Any]


@dataclass(frozen=True)
class Question:
    """A question, the parts of the array that it needs, and what they amount to."""

    text: str
    selections: Sequence[Selection]
    measure: Callable[[Found], float]
    form: str
    known: tuple[float, float]
    """Between which bounds the answer is, by any atlas."""


def questions(world: World) -> list[Question]:
    """Return the questions that this example asks."""
    cities = [world.cell(*place) for place in CITIES.values()]
    open_sea = [world.cell(*place) for place in OPEN_SEA.values()]
    return [
        how_much_of_the_globe(world),
        Question(
            "How much of the equator is?",
            [(len(world.lat) // 2, slice(None))],
            lambda found: float(found[0].mean()),
            "{:.1%}",
            (0.21, 0.22),
        ),
        *(how_large(world, name) for name in ISLANDS),
        Question(
            f"How many of {len(cities)} cities are on land?",
            cities,
            how_many,
            "{:.0f}",
            (len(cities), len(cities)),
        ),
        Question(
            f"How many of {len(open_sea)} points at sea are land?",
            open_sea,
            how_many,
            "{:.0f}",
            (0, 0),
        ),
    ]


def how_many(found: Found) -> float:
    """Count the points that are land."""
    return float(sum(map(bool, found)))


def overview(world: World) -> tuple[slice, slice]:
    """Select the whole globe in steps: eight cells per degree, or all where there are fewer."""
    step = max(1, world.per_degree // 8)
    return slice(None, None, step), slice(None, None, step)


def how_much_of_the_globe(world: World) -> Question:
    """Weigh each row by the size of its cells: a plain mean would count the poles too much."""
    selection = overview(world)
    weights = world.cell_areas_km2(selection[0])
    return Question(
        "How much of the Earth is land?",
        [selection],
        lambda found: float(np.average(found[0].mean(axis=1), weights=weights)),
        "{:.1%}",
        (0.28, 0.30),
    )


def how_large(world: World, name: str) -> Question:
    """Add up the cells of land in a window of sea."""
    island = ISLANDS[name]
    window = world.window(island.edges)
    areas = world.cell_areas_km2(window[0])
    return Question(
        f"How large is {name}?",
        [window],
        lambda found: float(found[0].sum(axis=1) @ areas),
        "{:,.0f} sq km",
        (0.97 * island.area_km2, 1.03 * island.area_km2),
    )
