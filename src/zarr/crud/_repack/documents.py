"""Documents of the target, which are stored last."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from zarr import consolidate_metadata
from zarr.crud._document import node_io
from zarr.crud._document.found import OWN_NAMES, ZARRAY
from zarr.crud._repack.target_state import holds
from zarr.crud._stores.files import flush
from zarr.crud._stores.location import Location, put

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.crud._document.document import Document
    from zarr.crud._repack.plan import RepackPlan


def store_document(
    place: Location, path: str, document: Document, *, resume: bool, fsync: bool
) -> None:
    """Store the document of a node, if a repack that resumes does not find it there.

    Above the root of the target (`path` is `""`), groups that are missing are created.
    """
    if resume and holds(place, document):
        return
    if not path:
        node_io.create(document, place, overwrite=False)
        return
    files = node_io.files_of(document)
    # The one that makes it a node comes last.
    for name, text in reversed(files.items()):
        put(place.store, place.key(name), text, fsync=fsync)


def flush_documents(plan: RepackPlan, folder: Path) -> None:
    """Flush the documents that zarr's own path stored, or others do not flush, to disk."""
    target = plan.target
    parts = target.path.split("/")
    above = ["/".join(parts[:n]) for n in range(len(parts))]
    nodes = {*above, target.path, *(target.key(group.path).rstrip("/") for group in plan.groups)}
    names = [ZARRAY, *(name for of_format in OWN_NAMES.values() for name in of_format)]
    places = [folder / path for path in sorted(nodes)]
    flush([place / name for place in places for name in names if (place / name).exists()], folder)


def consolidate(plan: RepackPlan) -> None:
    """Make the consolidated metadata of all groups that get them, of members first."""
    target = plan.target
    for group in reversed(plan.groups):
        if group.is_consolidated:
            version: Any = group.target["zarr_format"]
            path = target.key(group.path).rstrip("/") or None
            with warnings.catch_warnings():
                # That format 3 does not specify it: the source has it, or the caller asked.
                warnings.simplefilter("ignore")
                consolidate_metadata(target.store, path=path, zarr_format=version)
