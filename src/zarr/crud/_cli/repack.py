"""`repack`: a node in other chunks and shards, with other codecs, or in the other format."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from zarr.crud._cli import layouts
from zarr.crud._cli.doctor import nbytes_of
from zarr.crud._cli.failures import UsageError
from zarr.crud._cli.options import EngineName, Json, StorageOptions, TargetOptions
from zarr.crud._cli.selections import parsed as selection_of
from zarr.crud._cli.transfers import (
    DryRun,
    KeepGoing,
    Overwrite,
    Resume,
    Source,
    Target,
    Verify,
    transfer,
)

EXAMPLES = (
    "zarr-crud repack ocean.zarr/depth depth.zarr --chunks 64,64 --shards 1024,1024",
    "zarr-crud repack ocean.zarr new.zarr --compressor zstd:level=5 --compressor crc32c",
    "zarr-crud repack old.zarr new.zarr --format 3 --dry-run",
)


class Format(StrEnum):
    """The formats that a target can have."""

    V2 = "2"
    V3 = "3"


def repack(
    source: Source,
    target: Target,
    option: StorageOptions = [],  # noqa: B006
    target_option: TargetOptions = [],  # noqa: B006
    *,
    chunks: Annotated[
        str | None,
        typer.Option(metavar="N,N", help="The shape of chunks.", show_default=False),
    ] = None,
    shards: Annotated[
        str | None,
        typer.Option(metavar="N,N", help="The shape of shards, or none.", show_default=False),
    ] = None,
    filter_: Annotated[
        list[str],
        typer.Option("--filter", metavar="CODEC", help="A filter, or none.", show_default=False),
    ] = [],  # noqa: B006
    compressor: Annotated[
        list[str],
        typer.Option(
            metavar="CODEC",
            help="A compressor, as zstd:level=5, or none; repeat it for a chain.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    form: Annotated[
        Format | None, typer.Option("--format", help="The zarr format.", show_default=False)
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(metavar="SELECTION", help="The part of an array.", show_default=False),
    ] = None,
    compact: Annotated[
        bool, typer.Option("--compact", help="Write shards anew, without dead bytes.")
    ] = False,
    consolidated: Annotated[
        bool | None, typer.Option(help="Whether the target has consolidated metadata.")
    ] = None,
    max_memory: Annotated[
        str, typer.Option(metavar="SIZE", help="The most bytes held at a time.")
    ] = "512M",
    scratch: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="For elements between two passes, where memory is short.",
            show_default=False,
        ),
    ] = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
    verify: Verify = False,
    keep_going: KeepGoing = False,
    dry_run: DryRun = False,
    engine: EngineName = None,
    as_json: Json = False,
) -> None:
    """Store an array, or a group with all below it, anew.

    Each array goes by the cheapest exact way: copied, regrouped or re-encoded. The source is never
    changed. What is not named stays as it is.
    """
    changes: dict[str, Any] = {
        "chunks": layouts.lengths(chunks, "--chunks"),
        "shards": layouts.shards(shards),
        "filters": layouts.codecs(filter_, "--filter"),
        "compressors": layouts.codecs(compressor, "--compressor"),
        "zarr_format": None if form is None else int(form),
        "region": None if region is None else _region(region),
        "compact": compact,
        "consolidated": consolidated,
        "max_memory": nbytes_of(max_memory),
        "scratch": scratch,
        "overwrite": overwrite,
        "resume": resume,
        "engine": engine,
    }
    transfer(
        (source, target),
        (option, target_option),
        changes,
        dry_run=dry_run,
        verify=verify,
        keep_going=keep_going,
        as_json=as_json,
    )


def _region(text: str) -> Any:
    found = selection_of(text)
    if found.kind != "basic":
        raise UsageError("--region takes integers, and slices without steps")
    return found.selection
