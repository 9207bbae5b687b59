"""Where the nodes are that a command line names: a store, and a path in it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from zarr.crud import read_metadata
from zarr.crud._cli.failures import CommandError, UsageError
from zarr.crud._cli.options import parsed
from zarr.crud._stores.event_loop import finish
from zarr.crud._stores.urls import is_url, named_store
from zarr.storage import LocalStore, ZipStore

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.crud import Document
    from zarr.crud._cli.options import Options


class Place(NamedTuple):
    """A node that a command reads."""

    store: Store
    path: str
    name: str
    """As the user has written it, without slashes at its end."""


@contextmanager
def opened(location: str, options: Options) -> Iterator[Place]:
    """Open the store of a node for reading only; nothing is written or tidied up in it.

    Raises
    ------
    UsageError
        There are options, but the location is not a URL.
    CommandError
        There is no such file or folder, or it is not a store.
    """
    if is_url(location):
        store = named_store(location, options or None)
        yield Place(_read_only(store), "", location.rstrip("/"))
        return
    check_local(location, options)
    where = Path(location.removeprefix("file://"))
    if where.is_dir():
        yield Place(LocalStore(where, read_only=True), "", shown(where))
        return
    archive = _archive_of(where)
    # An older release of zarr must open it before it reads.
    with finish(ZipStore.open(archive, mode="r")) as zipped:
        yield Place(zipped, where.relative_to(archive).as_posix().strip("."), shown(where))


def array_at(place: Place) -> Document:
    """Return the document of an array.

    Raises
    ------
    CommandError
        There is a group.
    """
    document = read_metadata(place.store, path=place.path)
    if document.node_type == "group":
        raise CommandError(f"{place.name} is a group; name an array in it")
    return document


def check_local(location: str, options: Options) -> None:
    """Refuse options for what is not a URL."""
    if not location:
        raise UsageError("the location is empty; use '.' for the current folder")
    if options:
        raise UsageError(
            f"options of a file system apply only to URLs, and {location!r} is a local path"
        )


def shown(path: PurePath) -> str:
    """Return a path as text, also if its bytes are none."""
    return os.fsencode(path).decode(errors="backslashreplace")


def _archive_of(where: Path) -> Path:
    """Return the archive at or above a path."""
    for path in (where, *where.parents):
        if path.is_file():
            if not zipfile.is_zipfile(path):
                raise CommandError(f"{path} is neither a folder nor a ZIP file")
            return path
    raise CommandError(f"there is no file or folder {shown(where)}")


def _read_only(store: Any) -> Store:
    opened: Store = store if store.read_only else store.with_read_only(read_only=True)
    return opened


def options_of_both(
    source: str, target: str, given: list[str], of_target: list[str]
) -> tuple[Options, Options]:
    """Return the options of two locations: those for both, and those for the second only.

    Raises
    ------
    UsageError
        There are options, but no URL that takes them.
    """
    shared, own = parsed(given), parsed(of_target, "-O")
    if shared and not (is_url(source) or is_url(target)):
        check_local(source, shared)
    if own and not is_url(target):
        check_local(target, own)
    return shared if is_url(source) else {}, shared | own if is_url(target) else {}
