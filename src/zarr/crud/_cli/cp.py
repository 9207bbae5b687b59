"""`cp`: a node as it is stored, somewhere else."""

from __future__ import annotations

from zarr.crud._cli.options import Json, StorageOptions, TargetOptions
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
    "zarr-crud cp ocean.zarr backup.zarr --verify",
    "zarr-crud cp s3://bucket/ocean.zarr/depth depth.zarr -o anon=true",
    "zarr-crud cp ocean.zarr ocean.zip",
)


def cp(
    source: Source,
    target: Target,
    option: StorageOptions = [],  # noqa: B006
    target_option: TargetOptions = [],  # noqa: B006
    *,
    overwrite: Overwrite = False,
    resume: Resume = False,
    verify: Verify = False,
    keep_going: KeepGoing = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Copy an array, or a group with all below it, as it is stored.

    Nothing is decoded, unless it is verified. The source is never changed.
    """
    transfer(
        (source, target),
        (option, target_option),
        {"overwrite": overwrite, "resume": resume},
        dry_run=dry_run,
        verify=verify,
        keep_going=keep_going,
        as_json=as_json,
    )
