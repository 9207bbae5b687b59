"""Many regions: one call into the extension for all requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud.backends import (
    Outer,
    Points,
    Ranges,
    as_directory,
    first_chunk,
    look_beside,
    look_is_due,
)
from zarr.storage import LocalStore
from zarr.zarrs._call_options import call_options
from zarr.zarrs._document import prepare
from zarr.zarrs._dtype_conversion import SAME, converted_back, converted_out, converted_value
from zarr.zarrs._store import after_write, handle_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from zarr.crud.backends import (
        Document,
        Location,
        Options,
        RegionRead,
        RegionWrite,
        Selection,
    )
    from zarr.zarrs._document import Prepared


def read_regions(
    extension: Any, requests: Sequence[RegionRead], options: Options
) -> list[npt.NDArray[Any]]:
    """Return the elements of many selections."""
    places, targets, known = [], [], _Known()
    for number, document, location, selection, out in requests:
        prepared, handle, path = known.of(document, location)
        places.append((number, prepared.json, handle, where(extension, selection), path))
        if out is not None and prepared.conversion is not SAME:
            out = converted_out(out, prepared)
        targets.append((prepared.dtype, out))
    found: list[npt.NDArray[Any]] = extension.read_regions(places, targets, call_options(options))
    for place, (_, document, _, _, out) in enumerate(requests):
        if document.derive(prepare).conversion is not SAME:
            found[place] = converted_back(found[place], document, out)
    return found


def write_regions(extension: Any, requests: Sequence[RegionWrite], options: Options) -> None:
    """Store many values."""
    places, values, known = [], [], _Known()
    for number, document, location, selection, value in requests:
        prepared, handle, path = known.of(document, location)
        places.append((number, prepared.json, handle, where(extension, selection), path))
        same = prepared.conversion is SAME
        values.append(value if same else converted_value(value, prepared))
    try:
        extension.write_regions(places, values, call_options(options))
    finally:
        for store in {id(r.location.store): r.location.store for r in requests}.values():
            after_write(store)
    _, document, location, selection, _ = requests[0]
    look_beside_chunk(document, location, lambda: first_chunk(selection, document.chunk_grid))


def where(extension: Any, selection: Selection) -> Any:
    """Return a selection in the form that the extension accepts."""
    if isinstance(selection, Points):
        return extension.Points(selection.axes, selection.shape)
    if isinstance(selection, Outer):
        return tuple(
            (axis.starts, axis.stops) if isinstance(axis, Ranges) else axis
            for axis in selection.axes
        )
    return selection.axes


def look_beside_chunk(
    document: Document, location: Location, chunk: Callable[[], tuple[int, ...]]
) -> None:
    """Look for temporary files of killed processes beside a chunk, if that is due."""
    local = as_directory(location.store)
    if isinstance(local, LocalStore) and look_is_due():
        look_beside(local.root / location.path / document.array.encode_chunk_key(chunk()))


class _Known:
    """The arrays of a call, each prepared once."""

    def __init__(self) -> None:
        # By the identity of objects that the requests keep alive.
        self._all: dict[tuple[int, int], tuple[Prepared, Any, str]] = {}

    def of(self, document: Document, location: Location) -> tuple[Prepared, Any, str]:
        key = (id(document), id(location))
        found = self._all.get(key)
        if found is None:
            store, path = location
            found = self._all[key] = document.derive(prepare), handle_of(store, path), path
        return found
