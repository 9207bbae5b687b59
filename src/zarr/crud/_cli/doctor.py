"""`doctor`: which engine reads an array how fast, what would help, and what is risky."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from zarr.crud import doctor as examine
from zarr.crud._cli.console import show_json
from zarr.crud._cli.doctor_page import page
from zarr.crud._cli.escaping import escaped
from zarr.crud._cli.failures import FAILED, UsageError
from zarr.crud._cli.options import Json, Location, StorageOptions, parsed
from zarr.crud._cli.places import array_at, opened
from zarr.crud._cli.selections import parsed as selection_of
from zarr.crud._cli.written import written

EXAMPLES = (
    "zarr-crud doctor ocean.zarr/depth",
    "zarr-crud doctor ocean.zarr/depth '0, ...'",
    "zarr-crud doctor ocean.zarr/depth --html report.html",
    "zarr-crud doctor s3://bucket/ocean.zarr/depth --max-bytes 16M --max-seconds 30",
)

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_POWERS: Final = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


def doctor(
    location: Location,
    selection: Annotated[
        str | None,
        typer.Argument(
            metavar="SELECTION", help="What your program reads at a time.", show_default=False
        ),
    ] = None,
    option: StorageOptions = [],  # noqa: B006
    *,
    max_bytes: Annotated[
        str, typer.Option(metavar="SIZE", help="The largest sample, decoded.")
    ] = "64M",
    max_seconds: Annotated[float, typer.Option(min=0.1, help="About how long to measure.")] = 10.0,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the report as a page.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a sample with every engine: what is fast, what would help, what is risky.

    Nothing is written but the page of --html. The exit status is 1 if two engines read different
    elements.
    """
    if html is not None and (html.is_dir() or not html.absolute().parent.is_dir()):
        raise UsageError(f"{html} cannot be written; name a file in a folder that exists")
    selected = None if selection is None else selection_of(selection)
    if selected is not None and selected.kind != "basic":
        raise UsageError("doctor takes integers, and slices without steps")
    with opened(location, parsed(option)) as place:
        array_at(place)
        report = examine(
            place.store,
            None if selected is None else selected.selection,
            path=place.path,
            max_bytes=nbytes_of(max_bytes),
            max_seconds=max_seconds,
        )
    if html is not None:
        with written(html) as out:
            out.write(page(report, place.name).encode())
    if as_json:
        show_json({"location": place.name} | report.to_dict())
    else:
        sys.stdout.write(f"{escaped(place.name)}\n")
        sys.stdout.writelines(f"{escaped(line)}\n" for line in str(report).splitlines())
    if not report.ok:
        raise typer.Exit(FAILED)


def nbytes_of(text: str) -> int:
    """Return the bytes that a size means.

    >>> nbytes_of("64M"), nbytes_of("1.5 GiB"), nbytes_of("100")
    (67108864, 1610612736, 100)
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no size; write a number of bytes, such as 64M or 1G")
    return int(float(found[1]) * (1 << _POWERS[found[2].upper()]))
