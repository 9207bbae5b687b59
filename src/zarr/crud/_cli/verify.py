"""`verify`: what is wrong with an archive, and the removal of what writers left behind."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from zarr.crud import repair as remove
from zarr.crud import verify as check
from zarr.crud._cli.console import show_json, show_lines
from zarr.crud._cli.failures import FAILED, UsageError
from zarr.crud._cli.options import EngineName, Json, Location, StorageOptions, parsed
from zarr.crud._cli.places import opened
from zarr.crud._cli.targets import writable

EXAMPLES = (
    "zarr-crud verify ocean.zarr",
    "zarr-crud verify ocean.zarr --level decode --digest",
    "zarr-crud verify ocean.zarr --repair",
)


class Level(StrEnum):
    """How thorough the checks are."""

    LIST = "list"
    INDEX = "index"
    DECODE = "decode"


def verify(
    location: Location,
    option: StorageOptions = [],  # noqa: B006
    *,
    level: Annotated[
        Level | None,
        typer.Option(help="Keys and sizes; also indexes; or also decode all. [default: index]"),
    ] = None,
    digest: Annotated[
        bool, typer.Option("--digest", help="A digest of each array; decodes all.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Then delete leftovers of writers, after asking.")
    ] = False,
    beyond_grid: Annotated[
        bool, typer.Option("--beyond-grid", help="With --repair: also chunks beyond the grid.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --repair: do not ask.")] = False,
    engine: EngineName = None,
    as_json: Json = False,
) -> None:
    """Check an array, or a group with all below it; nothing is changed without --repair.

    The exit status is 1 if there is an error among the findings.
    """
    if digest and level not in (None, Level.DECODE):
        raise UsageError("a digest needs all elements; leave --level, or use --level decode")
    if (beyond_grid or yes) and not repair:
        raise UsageError("--beyond-grid and --yes belong to --repair")
    if repair and as_json and not yes:
        raise UsageError("with --json nobody is asked; add --yes")
    how: Any = {"level": None if level is None else level.value, "digest": digest, "engine": engine}
    with opened(location, parsed(option)) as place:
        report = check(place.store, path=place.path, progress=not as_json, **how)
    if not as_json:
        show_lines(str(report).splitlines())
    deleted = (
        remove(
            report,
            writable(location, parsed(option)),
            confirm=(lambda _: True) if yes else _asked,
            beyond_grid=beyond_grid,
        )
        if repair
        else ()
    )
    if as_json:
        show_json(report.to_dict() | ({"deleted": deleted} if repair else {}))
    elif repair:
        show_lines(f"deleted {key}" for key in deleted)
    if not report.ok:
        raise typer.Exit(FAILED)


def _asked(keys: list[str]) -> bool:
    """Show the keys, and ask."""
    show_lines(keys)
    sys.stdout.flush()
    return typer.confirm(f"Delete these {len(keys)} keys?" if len(keys) > 1 else "Delete this key?")
