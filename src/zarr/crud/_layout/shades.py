"""Shades of a chunk map: which bins are empty, and how large the chunks of the others are. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._layout.chunk_map import Bins


def shades_of(bins: Bins, count: int) -> npt.NDArray[np.int64]:
    """Return a shade for each bin, by its bytes per chunk; -1 where nothing is stored.

    Shades go from 0 to `count` - 1. A bin in which chunks are missing is lighter than
    one of equally large chunks without a gap.
    """
    density = bins.nbytes / np.maximum(bins.chunks, 1)
    most = density.max(initial=0)
    if most == 0:
        return np.where(bins.stored > 0, 0, -1)
    shades = np.minimum((density / most * count).astype(np.int64), count - 1)
    return np.where(bins.stored > 0, shades, -1)
