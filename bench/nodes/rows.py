"""What is opened and created, by whom, and how fast ours must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np
import zarrista

import zarr
from bench.nodes.data_sets import DATA_SETS
from bench.nodes.hierarchies import HIERARCHIES
from bench.nodes.processes import FIRST_READ, PROCESSES

NATIVE: Final = "zarr"
OURS: Final = "zarrs"
PEER: Final = "zarrista"

type Call = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """One kind of work: `calls` makes the call of each contender in a folder of its own."""

    name: str
    calls: Callable[[Path], Mapping[str, Call]]
    told: Callable[[Any], object]
    """What must be equal among the results of all contenders."""
    most: Mapping[str, float] = field(default_factory=dict[str, float])
    """The largest fraction of a contender's time that ours may take."""
    longest: float | None = None
    """The most seconds that ours may take."""


SHAPE, CHUNKS = (100, 100), (10, 10)


def _array(folder: Path) -> str:
    place = str(folder / "array")
    array = zarr.create_array(
        place, shape=SHAPE, chunks=CHUNKS, dtype="f4", fill_value=0, attributes={"units": "m"}
    )
    array[:] = np.arange(10_000).reshape(SHAPE)
    return place


def _opened(folder: Path) -> Mapping[str, Call]:
    place = _array(folder)
    return {
        NATIVE: lambda: zarr.open_array(place, mode="r", engine="zarr"),
        OURS: lambda: zarr.open_array(place, mode="r", engine="zarrs"),
        PEER: lambda: zarrista.Array.open(zarrista.store.FilesystemStore(place)),
    }


def _read(folder: Path) -> Mapping[str, Call]:
    place = _array(folder)

    def peer() -> Any:
        found = zarrista.Array.open(zarrista.store.FilesystemStore(place))[5:6, 7:8]
        return np.asarray(found)[0, 0]

    return {
        NATIVE: lambda: zarr.open_array(place, mode="r", engine="zarr")[5, 7],
        OURS: lambda: zarr.open_array(place, mode="r", engine="zarrs")[5, 7],
        PEER: peer,
    }


def _group(folder: Path) -> Mapping[str, Call]:
    place = str(folder / "group")
    zarr.create_group(place, attributes={"title": "none"})
    return {
        NATIVE: lambda: zarr.open_group(place, mode="r", engine="zarr"),
        OURS: lambda: zarr.open_group(place, mode="r", engine="zarrs"),
        PEER: lambda: zarrista.Group.open(zarrista.store.FilesystemStore(place)),
    }


def _created(folder: Path) -> Mapping[str, Call]:
    numbers = count()

    def create(engine: str) -> Any:
        group = zarr.create_group(str(folder / str(next(numbers))), engine=engine)
        last: Any = None
        for number in range(100):
            last = group.create_array(f"a{number}", shape=SHAPE, chunks=CHUNKS, dtype="f4")
        return last

    return {NATIVE: lambda: create("zarr"), OURS: lambda: create("zarrs")}


def _documents(folder: Path) -> Mapping[str, Call]:
    place = _array(folder)
    return {
        NATIVE: lambda: zarr.open_array(place, mode="r", engine="zarr").metadata.to_dict(),
        OURS: lambda: zarr.crud.read_metadata(place),
    }


def _shape_of(node: Any) -> object:
    return tuple(node.shape)


def _attributes_of(node: Any) -> object:
    return dict(node.attrs)


ROWS: Final = (
    Row("open_array", _opened, _shape_of, {NATIVE: 0.15, PEER: 10}),
    Row("open_array(...)[5, 7]", _read, float, {PEER: 6}),
    Row("open_group", _group, _attributes_of, {NATIVE: 0.2}),
    Row("create_array, 100 of them", _created, _shape_of, {NATIVE: 0.3}),
    Row(
        "read_metadata against open_array",
        _documents,
        lambda members: tuple(members["shape"]),
        longest=40e-6,
    ),
    *(Row(*described) for described in (*HIERARCHIES, *DATA_SETS)),
    *(
        Row(*described, FIRST_READ if "first read" in described[0] else None)
        for described in PROCESSES
    ),
)


def rows(text: str) -> Iterator[Row]:
    """Return the rows with a text in their names."""
    return (row for row in ROWS if text in row.name)
