"""Where a command writes: a folder, a new ZIP file, or a URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zarr.crud._cli.failures import CommandError
from zarr.crud._cli.places import check_local
from zarr.crud._repack.places import check_apart
from zarr.crud._stores.event_loop import finish
from zarr.crud._stores.location import Location
from zarr.crud._stores.urls import is_url, named_store
from zarr.storage import ZipStore

if TYPE_CHECKING:
    from zarr.crud._cli.options import Options


def planned(location: str, options: Options, *, source: Location) -> Any:
    """Return what stands for a target of which only a plan is made: nothing is written.

    Raises
    ------
    InvalidPathError
        As by `target`.
    """
    if is_url(location):
        return named_store(location, options or None)
    where = Path(location.removeprefix("file://"))
    if not _is_archive(where):
        return where
    _check_apart(source, where)
    # An archive would be made when it is opened.
    return {}


def _is_archive(where: Path) -> bool:
    return where.suffix == ".zip" and not where.is_dir()


def writable(location: str, options: Options) -> Any:
    """Return the store of a node, to change it.

    Raises
    ------
    CommandError
        It is in a ZIP file, of which nothing can be deleted.
    """
    if is_url(location):
        return named_store(location, options or None)
    where = Path(location.removeprefix("file://"))
    if not where.is_dir():
        raise CommandError(f"{where} is in a ZIP file, of which nothing can be deleted")
    return where


def _check_apart(source: Location, archive: Path) -> None:
    # Nothing opens it: the archive that is written has another name until it is complete.
    check_apart(source, Location(ZipStore(archive, mode="r"), ""))


@contextmanager
def target(
    location: str, options: Options, *, source: Location, overwrite: bool = False
) -> Iterator[Any]:
    """Give what `zarr.crud` takes as a store to write to.

    A ZIP file gets its name when it is complete, so a failure leaves the old file, or none.

    Raises
    ------
    UsageError
        There are options, but the location is not a URL.
    CommandError
        There is such a ZIP file, and `overwrite` is not set.
    InvalidPathError
        It is the ZIP file that the source is in, or within the source.
    """
    if is_url(location):
        yield named_store(location, options or None)
        return
    check_local(location, options)
    where = Path(location.removeprefix("file://"))
    if not _is_archive(where):
        yield where
        return
    _check_apart(source, where)
    if where.exists() and not overwrite:
        raise CommandError(f"{where} exists; add --overwrite to replace it")
    partial = where.with_name(f".{where.name}.{os.getpid()}.partial")
    try:
        with finish(ZipStore.open(partial, mode="w")) as store:
            yield store
        partial.replace(where)
    finally:
        partial.unlink(missing_ok=True)
