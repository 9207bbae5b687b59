"""`cat`: the elements of a selection, as text, as a table or as a file of NumPy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Annotated

import typer

from zarr.crud._cli import elements
from zarr.crud._cli.console import show_json
from zarr.crud._cli.failures import UsageError
from zarr.crud._cli.options import EngineName, Json, Location, StorageOptions, parsed
from zarr.crud._cli.places import array_at, opened
from zarr.crud._cli.selections import parsed as selection_of
from zarr.crud._cli.slabs import shape_of, slabs
from zarr.crud._cli.written import written
from zarr.crud._doctor.words import data_type

EXAMPLES = (
    "zarr-crud cat ocean.zarr/depth '0, 10:20'",
    "zarr-crud cat ocean.zarr/depth '0, ...' --format csv > depth.csv",
    "zarr-crud cat ocean.zarr/depth --format npy --output depth.npy",
)


class Format(StrEnum):
    """How elements are written."""

    TEXT = "text"
    CSV = "csv"
    NPY = "npy"


def cat(
    location: Location,
    selection: Annotated[
        str,
        typer.Argument(
            metavar="SELECTION", help="What stands in brackets in Python; all by default."
        ),
    ] = "...",
    option: StorageOptions = [],  # noqa: B006
    *,
    form: Annotated[
        Format, typer.Option("--format", "-f", help="Lines, a table or a file.")
    ] = Format.TEXT,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="The file to write, when complete.", show_default=False),
    ] = None,
    engine: EngineName = None,
    as_json: Json = False,
) -> None:
    """Print the elements of a selection.

    Text has a line for each row of the last axis. Large selections are read in pieces.
    """
    selected = selection_of(selection)
    if form is Format.NPY and output is None and sys.stdout.isatty():
        raise UsageError("a terminal does not show the format npy; add --output FILE")
    with opened(location, parsed(option)) as place:
        document = array_at(place)
        shape = shape_of(document, selected)
        pieces = slabs(document, place, selected, engine)
        if as_json:
            values = elements.for_json(pieces, shape)
            show_json({"shape": shape, "data_type": data_type(document), "values": values})
            return
        with _out(output) as out:
            if form is Format.NPY:
                elements.write_npy(pieces, shape, document.dtype, out)
                return
            lines = TextIOWrapper(out, "utf-8", newline="")
            write = elements.write_csv if form is Format.CSV else elements.write_text
            write(pieces, shape, lines)
            lines.flush()
            lines.detach()


@contextmanager
def _out(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
    else:
        with written(output) as out:
            yield out
