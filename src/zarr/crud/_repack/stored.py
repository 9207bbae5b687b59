"""What is stored below a node: names of keys, and the sizes of values where they cost nothing."""

from __future__ import annotations

from operator import lt
from typing import TYPE_CHECKING

from zarr.crud._archives.chunk_names import index_reader
from zarr.crud._stores.files import flush
from zarr.crud._stores.sized_keys import lists_sizes, sized_keys
from zarr.crud._stores.trees import list_keys
from zarr.crud.backends.direct import direct_location

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import Location

type Sizes = dict[str, int | None]
"""Names of keys below a node, and the sizes of their values in bytes; `None` if not known."""


def stored_below(location: Location) -> Sizes:
    """Return the keys below a location, relative to it, with sizes where a listing tells them."""
    if lists_sizes(location.store):
        return dict(sized_keys(location))
    return dict.fromkeys(list_keys(direct_location(location), follows_links=True))


def flush_stored(location: Location, folder: Path) -> None:
    """Flush all values below a location in a directory: what stored them may not have done so."""
    flush([folder / location.key(name) for name in stored_below(location)], folder)


def chunks_among(document: Document, names: Sizes) -> dict[tuple[int, ...], int | None]:
    """Return the chunks of the grid among names of keys, in order, with their sizes."""
    index = index_reader(document)
    grid = document.chunk_grid.shape
    found = ((index(name), size) for name, size in names.items())
    inside = [(at, size) for at, size in found if at is not None and all(map(lt, at, grid))]
    return dict(sorted(inside))
