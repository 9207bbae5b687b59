"""`diff`: in what two archives differ."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from zarr.crud import compare
from zarr.crud._cli.console import show_json, show_lines
from zarr.crud._cli.failures import FAILED
from zarr.crud._cli.options import EngineName, Json, StorageOptions, TargetOptions
from zarr.crud._cli.places import opened, options_of_both

EXAMPLES = (
    "zarr-crud diff ocean.zarr backup.zarr",
    "zarr-crud diff ocean.zarr s3://bucket/ocean.zarr --level elements",
    "zarr-crud diff old.zarr new.zarr --level metadata --json",
)


class Level(StrEnum):
    """What of the elements is compared."""

    METADATA = "metadata"
    DIGEST = "digest"
    ELEMENTS = "elements"


def diff(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="A node.", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="Another.", show_default=False)],
    option: StorageOptions = [],  # noqa: B006
    target_option: TargetOptions = [],  # noqa: B006
    *,
    level: Annotated[
        Level, typer.Option(help="Compare no elements, digests of them, or each of them.")
    ] = Level.DIGEST,
    engine: EngineName = None,
    as_json: Json = False,
) -> None:
    """Compare two arrays, or two groups with all below them.

    The exit status is 1 if a reader would notice a difference. Chunks, codecs and formats are none.
    """
    of_first, of_second = options_of_both(first, second, option, target_option)
    with opened(first, of_first) as one, opened(second, of_second) as other:
        report = compare(
            one.store,
            other.store,
            path=one.path,
            other_path=other.path,
            level=level.value,
            engine=engine,
        )
    if as_json:
        show_json(report.to_dict())
    else:
        show_lines(str(report).splitlines())
    if not report.ok:
        raise typer.Exit(FAILED)
