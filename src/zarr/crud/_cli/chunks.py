"""`chunks`: which chunks of an array are stored, and in how many bytes."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zarr.crud import layout
from zarr.crud._cli.console import columns, show, show_json, show_lines
from zarr.crud._cli.failures import UsageError
from zarr.crud._cli.options import Json, Location, StorageOptions, parsed
from zarr.crud._cli.places import array_at, opened
from zarr.crud._layout.text import map_lines, rows_of

if TYPE_CHECKING:
    from zarr.crud import Layout

EXAMPLES = (
    "zarr-crud chunks ocean.zarr/depth",
    "zarr-crud chunks ocean.zarr/depth --level index --axes 1,2",
    "zarr-crud chunks ocean.zarr/depth --list",
)


class Level(StrEnum):
    """What is asked of the store."""

    LIST = "list"
    INDEX = "index"


def chunks(
    location: Location,
    option: StorageOptions = [],  # noqa: B006
    *,
    level: Annotated[
        Level, typer.Option(help="Sizes from a list, or also the index of each shard.")
    ] = Level.LIST,
    axes: Annotated[str, typer.Option(metavar="N,N", help="The axes of the map.")] = "0,1",
    each: Annotated[bool, typer.Option("--list", help="A line for each stored chunk.")] = False,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the map as PNG or SVG.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show which chunks are stored, how large they are, and where they are missing."""
    wanted = _axes(axes)
    with opened(location, parsed(option)) as place:
        document = array_at(place)
        found = layout(document, place.store, path=place.path, level=level.value)
    if plot is not None:
        found.plot(wanted, file=plot)
    if as_json:
        show_json(_summary(found) | {"stored": list(_each(found))})
    elif each:
        show(columns(map(_row, _each(found)), right=(1, 2, 3)))
    else:
        lines = ["", *map_lines(found, wanted)] if found.chunks else []
        show(columns([(f"{name} ", value) for name, value in rows_of(found)]))
        show_lines(lines)


def _axes(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise UsageError(f"--axes takes one or two axes, such as --axes 0,1; not {text!r}")
    return tuple(map(int, parts))


def _summary(found: Layout) -> dict[str, Any]:
    names = ("path", "shape", "dtype", "chunk_shape", "subchunk_shape", "grid", "chunks")
    totals = ("stored_chunks", "missing_chunks", "stored_nbytes", "compression_ratio", "dead_total")
    return {name: getattr(found, name) for name in (*names, *totals)}


def _each(found: Layout) -> Iterator[dict[str, Any]]:
    known = {"nbytes": found.nbytes, "subchunks": found.subchunks, "dead": found.dead_nbytes}
    asked = {name: values.tolist() for name, values in known.items() if values is not None}
    for number, index in enumerate(found.indices.tolist()):
        yield {"index": index} | {name: values[number] for name, values in asked.items()}


def _row(one: dict[str, Any]) -> list[str]:
    index, *rest = one.values()
    return [",".join(map(str, index)) or "()", *map(str, rest)]
