"""Calls of a backend with many regions, with the checks of `dispatch`."""

from __future__ import annotations

from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._document.known import document_name, is_known
from zarr.crud._document.presence import read_present, require_node
from zarr.crud._elements.overlaps import overlapping
from zarr.crud._selection.chunk_parts import chunk_parts
from zarr.crud._stores import key_locks
from zarr.crud._stores.writable import check_writable
from zarr.crud.backends.dispatch import check_not_held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import CrudBackend
    from zarr.crud.backends.requests import RegionRead, RegionWrite

# Documents that are looked up at a time, beside the read.
_LOOKED_UP: Final = 32


def read_regions(
    backend: CrudBackend, requests: Sequence[RegionRead], options: Options, *, detached: bool
) -> list[npt.NDArray[Any]]:
    """Read lowered selections through a backend.

    Where the arrays to fill overlap, the elements of the later request stay.
    """
    given = {place: r.out for place, r in enumerate(requests) if r.out is not None}
    shared = sorted(overlapping(given))
    asked = list(requests)
    for place in shared:
        asked[place] = asked[place]._replace(out=None)
    read = partial(backend.read_regions, asked, options=options)
    found = read() if detached else _read_present(backend, requests, read)
    for place in shared:
        np.copyto(given[place], found[place])
        found[place] = given[place]
    return found


def _read_present[T](
    backend: CrudBackend, requests: Sequence[RegionRead], read: Callable[[], T]
) -> T:
    """Read, unless neither the document of an array nor any of the chunks is stored."""
    arrays: dict[tuple[int, str], list[RegionRead]] = {}
    for request in requests:
        store, path = request.location
        if 0 not in request.selection.shape:
            arrays.setdefault((id(store), path), []).append(request)
    unknown = [some for some in arrays.values() if not _is_known(some[0])]
    *before, last = list(batched(unknown, _LOOKED_UP)) or [()]
    for some in before:
        _beside(backend, some, lambda: None)
    return _beside(backend, last, read)


def _is_known(request: RegionRead) -> bool:
    return is_known(request.location, document_name(request.document))


def _beside[T](
    backend: CrudBackend, arrays: Sequence[Sequence[RegionRead]], read: Callable[[], T]
) -> T:
    for requests in arrays:
        _, document, location, _, _ = requests[0]
        chunks = partial(_chunks, requests)
        read = partial(read_present, read, document, location, chunks, backend.direct_store)
    return read()


def _chunks(requests: Sequence[RegionRead]) -> Iterator[tuple[int, ...]]:
    for request in requests:
        grid = request.document.chunk_grid
        yield from (part.chunk for part in chunk_parts(request.selection, grid))


def write_regions(
    backend: CrudBackend, requests: Sequence[RegionWrite], options: Options, *, detached: bool
) -> None:
    """Write lowered selections through a backend; of each element, the last value stays."""
    asked = [request for request in requests if request.value.size]
    nodes: dict[int, tuple[Document, Location]] = {}
    for request in asked:
        _, document, location, selection, _ = request
        if id(location) not in nodes:
            check_writable(location.store)
            nodes[id(location)] = (document, location)
        if key_locks.holds_any():
            check_not_held(document, location, chunk_parts(selection, document.chunk_grid))
    if not detached:
        for document, location in nodes.values():
            require_node(document, location, backend.direct_store)
    if asked:
        backend.write_regions(asked, options=options)
