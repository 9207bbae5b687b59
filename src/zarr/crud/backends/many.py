"""Calls of backends with many regions, with the checks of `dispatch`."""

from __future__ import annotations

from functools import partial
from itertools import batched, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._document.known import document_name, is_known
from zarr.crud._document.presence import read_present, require_node
from zarr.crud._elements.overlaps import overlapping
from zarr.crud._selection.chunk_parts import chunk_parts
from zarr.crud._stores import key_locks
from zarr.crud._stores.writable import check_writable
from zarr.crud.backends.dispatch import check_not_held
from zarr.crud.backends.reader_cache import is_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import CrudBackend
    from zarr.crud.backends.requests import RegionRead, RegionWrite

# Documents that are looked up at a time, beside the read.
_LOOKED_UP: Final = 32


def read_regions(
    asked: Sequence[tuple[CrudBackend, RegionRead]], options: Options, *, detached: bool
) -> list[npt.NDArray[Any]]:
    """Read lowered selections, each through its backend.

    Where the arrays to fill overlap, the elements of the later request stay.
    """
    given = {place: read.out for place, (_, read) in enumerate(asked) if read.out is not None}
    shared = sorted(overlapping(given))
    reads = [read for _, read in asked]
    for place in shared:
        reads[place] = reads[place]._replace(out=None)
    places: dict[CrudBackend, list[int]] = {}
    for place, (backend, _) in enumerate(asked):
        places.setdefault(backend, []).append(place)
    found: dict[int, npt.NDArray[Any]] = {}
    for backend, some in places.items():
        mine = [reads[place] for place in some]
        results = read_apart(backend, mine, options, detached=detached)
        found.update(zip(some, results, strict=True))
    for place in shared:
        np.copyto(given[place], found[place])
        found[place] = given[place]
    return [found[place] for place in range(len(asked))]


def read_apart(
    backend: CrudBackend, reads: Sequence[RegionRead], options: Options, *, detached: bool
) -> list[npt.NDArray[Any]]:
    """Read lowered selections through one backend; no two arrays to fill share memory."""
    read = partial(backend.read_regions, reads, options=options)
    return read() if detached else _read_present(backend, reads, read)


def verify_chunks(
    backend: CrudBackend,
    document: Document,
    location: Location,
    indices: Sequence[tuple[int, ...]],
    options: Options,
) -> Sequence[int | None] | None:
    """Return the sizes of chunks that decode; `None` if the array has to be read."""
    reads = ("supports", "read_chunk", "read_region", "read_regions")
    if not is_own(backend, "verify_chunks", reads) or document.chunk_nbytes > (
        options.decoded_size_budget
    ):
        return None
    return backend.verify_chunks(document, location, indices, options=options)


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
    asked: Sequence[tuple[CrudBackend, RegionWrite]], options: Options, *, detached: bool
) -> None:
    """Write lowered selections, each through its backend; of each element, the last value stays.

    All checks come before the first write.
    """
    some = [(backend, write) for backend, write in asked if write.value.size]
    nodes: dict[int, tuple[CrudBackend, Document, Location]] = {}
    for backend, (_, document, location, selection, _) in some:
        if id(location) not in nodes:
            check_writable(location.store)
            nodes[id(location)] = (backend, document, location)
        if key_locks.holds_any():
            check_not_held(document, location, chunk_parts(selection, document.chunk_grid))
    if not detached:
        for backend, document, location in nodes.values():
            require_node(document, location, backend.direct_store)
    for backend, writes in _in_order(some):
        backend.write_regions(writes, options=options)


def _in_order(
    asked: Sequence[tuple[CrudBackend, RegionWrite]],
) -> Iterable[tuple[CrudBackend, list[RegionWrite]]]:
    """Group writes by backend; where several write one array, only those that follow each other."""
    grouped: dict[CrudBackend, list[RegionWrite]] = {}
    writer: dict[tuple[int, str], CrudBackend] = {}
    for backend, write in asked:
        store, path = write.location
        if writer.setdefault((id(store), path), backend) is not backend:
            runs = groupby(asked, key=itemgetter(0))
            return [(backend, [write for _, write in run]) for backend, run in runs]
        grouped.setdefault(backend, []).append(write)
    return grouped.items()
