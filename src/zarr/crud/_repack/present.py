"""Blocks of the source that are read, and chunks of it that should be there and are not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._archives.chunk_names import name_writer
from zarr.crud._regions import read_region
from zarr.crud._repack.trial import same_bits
from zarr.crud._repack.values import vanished
from zarr.crud._stores.location import get
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.policy import Engine

type Region = tuple[slice, ...]

SPARSE: Final = 32
"""Where not one of so many chunks is stored, the stored ones are read alone."""


class Reader:
    """What reads regions of the source. A chunk that vanished would read as the fill value."""

    def __init__(self, plan: ArrayPlan, source: Location, engine: Engine, options: Options) -> None:
        self._document, self._source, self._options = plan.source, source, options
        self._engine: Engine = engine
        self._name = name_writer(plan.source)

    def read(self, region: Region, stored: list[Index]) -> npt.NDArray[Any]:
        """Return the elements of a region, in which these chunks were stored.

        Raises
        ------
        zarr.errors.ChunkNotFoundError
            One of them is not there any more.
        """
        axes = zip(self._document.chunk_grid.axes, region, strict=True)
        count = math.prod(
            int(axis.chunk_of(part.stop - 1)) - int(axis.chunk_of(part.start)) + 1
            for axis, part in axes
        )
        if len(stored) == count:
            return self._whole(region, stored)
        if stored and len(stored) * SPARSE <= count:
            return self._alone(region, stored)
        values = self._elements(region, "fill")
        self._check(at for at in stored if self._is_fill(values[_within(self._part(at), region)]))
        return values

    def _elements(self, region: Region, missing: Any) -> npt.NDArray[Any]:
        place = self._source
        found = read_region(
            self._document,
            place.store,
            region,
            path=place.path,
            engine=self._engine,
            options=replace(self._options, missing_chunks=missing),
            detached=True,
        )
        return as_elements(found, self._document)

    def _whole(self, region: Region, stored: list[Index]) -> npt.NDArray[Any]:
        try:
            return self._elements(region, "error")
        except ChunkNotFoundError:
            self._check(stored)
            raise

    def _alone(self, region: Region, stored: list[Index]) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] | None = None
        for index in stored:
            axes = zip(self._part(index), region, strict=True)
            part = tuple(
                slice(max(one.start, all_.start), min(one.stop, all_.stop)) for one, all_ in axes
            )
            found = self._whole(part, [index])
            if values is None:
                values = np.empty([all_.stop - all_.start for all_ in region], found.dtype)
                values[...] = self._document.fill_element.reshape(())
            values[_within(part, region)] = found
        return values  # type: ignore[return-value]  # there is one

    def _part(self, index: Index) -> Region:
        grid = self._document.chunk_grid
        axes = zip(grid.axes, index, grid.chunk_shape(index), strict=True)
        return tuple(slice(int(axis.starts[at]), int(axis.starts[at]) + n) for axis, at, n in axes)

    def _is_fill(self, values: npt.NDArray[Any]) -> bool:
        """Whether elements may be those of a missing chunk; of most the first one is not."""
        fill = self._document.fill_element.reshape(())
        first = values[(slice(0, 1),) * values.ndim]
        return all(same_bits(each, np.broadcast_to(fill, each.shape)) for each in (first, values))

    def _check(self, indices: Iterable[Index]) -> None:
        for index in indices:
            key = self._source.key(self._name(index))
            if get(self._source.store, key) is None:
                raise vanished(key)


def as_elements(found: Any, document: Document) -> npt.NDArray[Any]:
    """Return what a read gave as an array: of rank 0, a text is a `str`."""
    # An array of texts of one length would lose NULs at their ends.
    is_numpy = isinstance(found, (np.ndarray, np.generic))
    made: npt.NDArray[Any] = np.asarray(found, None if is_numpy else document.dtype)
    return made


def _within(part: Region, region: Region) -> Region:
    return tuple(
        slice(max(one.start - all_.start, 0), max(min(one.stop, all_.stop) - all_.start, 0))
        for one, all_ in zip(part, region, strict=True)
    )
