"""The chunks of an array that are stored, with their sizes: a frozen object."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.crud._layout.chunk_map import MOST_BINS, Bins, bins_of, checked_axes

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Layout:
    """How an array is stored, as `layout` found it.

    The arrays have one entry for each stored chunk, in the order of their indices, and are
    read-only: a grid may have more chunks than fit in memory, but only stored ones take any. A
    chunk of a sharded array is a shard. `str` gives a short text, a notebook shows a map.
    """

    path: str
    """The node's path in the store."""
    shape: tuple[int, ...]
    """The array's shape. Unit: elements."""
    dtype: str
    """The array's data type, as NumPy names it."""
    chunk_shape: tuple[int, ...] | None
    """The nominal shape of every chunk (shard); `None` unless the chunk grid is regular."""
    grid: tuple[int, ...]
    """The shape of the chunk grid. Unit: chunks (shards)."""
    subchunk_shape: tuple[int, ...] | None
    """The shape of subchunks in the array's own order of axes; `None` without shards."""
    subchunks_per_shard: int | None
    """How many subchunks a shard has room for; `None` without shards."""
    indices: npt.NDArray[np.int64]
    """The indices of the stored chunks, of shape (stored, axes)."""
    nbytes: npt.NDArray[np.int64]
    """The size of each stored value. Unit: bytes."""
    decoded_nbytes: npt.NDArray[np.float64]
    """The decoded size of each stored chunk, with its part outside the array; an element of
    variable length counts as 16 bytes. Unit: bytes."""
    subchunks: npt.NDArray[np.int64] | None
    """How many subchunks each stored shard has; -1 if its index is damaged. `None` without shards
    and for `level="list"`."""
    dead_nbytes: npt.NDArray[np.int64] | None
    """Bytes of each stored shard that no subchunk and no index uses; -1 if its index is damaged.
    `None` where `subchunks` is."""

    @property
    def chunks(self) -> int:
        """How many chunks the grid has, stored or not."""
        return prod(self.grid)

    @property
    def stored_chunks(self) -> int:
        """How many chunks are stored."""
        return len(self.nbytes)

    @property
    def missing_chunks(self) -> int:
        """How many chunks of the grid are not stored, and so read as the fill value."""
        return self.chunks - self.stored_chunks

    @property
    def stored_nbytes(self) -> int:
        """The size of all stored values together. Unit: bytes."""
        return int(self.nbytes.sum())

    @property
    def dead_total(self) -> int | None:
        """The dead bytes of all shards together; `None` if they were not counted."""
        dead = self.dead_nbytes
        return None if dead is None else int(dead[dead > 0].sum())

    @property
    def compression_ratio(self) -> float | None:
        """The decoded size of the stored chunks by their stored size; `None` if none is stored."""
        stored = self.stored_nbytes
        return float(self.decoded_nbytes.sum()) / stored if stored else None

    def bins(self, axes: tuple[int, ...] = (0, 1), most: int = MOST_BINS) -> Bins:
        """Return stored sizes and counts by bins of the chunk grid, over two of its axes or one.

        Parameters
        ----------
        axes : tuple of int
            The axes of rows and of columns; all others are added up. Axes that the array does not
            have are left out, so the default serves any array.
        most : int
            The most bins along an axis; each has equally many chunks, except for the last one.

        Returns
        -------
        Bins
            Arrays of shape (rows, columns); an axis that is left out has length 1.

        Raises
        ------
        ValueError
            `axes` are no one or two different axes of the array, or `most` is less than 1.

        Notes
        -----
        Cost: no request, and time in proportion to the stored chunks.
        """
        return bins_of(
            self.grid, self.indices, self.nbytes, checked_axes(axes, len(self.grid)), most
        )

    def chunk_map(
        self, axes: tuple[int, ...] = (0, 1), *, most: int = MOST_BINS
    ) -> npt.NDArray[np.float64]:
        """Return the stored size by place in the chunk grid, as an image of two axes.

        Parameters
        ----------
        axes, most
            As for `bins`.

        Returns
        -------
        numpy.ndarray
            The mean stored size of the chunks in each bin that are stored, of shape (rows,
            columns). Unit: bytes per chunk. NaN where none is stored.
        """
        found = self.bins(axes, most)
        with np.errstate(invalid="ignore"):
            return np.where(found.stored > 0, found.nbytes / np.maximum(found.stored, 1), np.nan)

    def plot(
        self, axes: tuple[int, ...] = (0, 1), *, ax: Any = None, file: str | Path | None = None
    ) -> Any:
        """Draw the chunk map with matplotlib, which the extra `plots` installs.

        Parameters
        ----------
        axes : tuple of int
            As for `bins`.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure, which no window shows.
        file : str or Path, optional
            A file to write the figure to; its ending names the format, such as `.png` or `.svg`.

        Returns
        -------
        matplotlib.axes.Axes
            What was drawn; `.figure` is the figure.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        """
        from zarr.crud._layout.plot import drawn

        return drawn(self, axes, ax, file)

    def __str__(self) -> str:
        from zarr.crud._layout.text import text_of

        return text_of(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from zarr.crud._layout.html import page_of

        return page_of(self)
