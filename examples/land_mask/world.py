"""The world's land mask: where it comes from, and how degrees become rows and columns."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from progress import bands

type Mask = npt.NDArray[np.bool_]
type Edges = tuple[float, float, float, float]

EARTH_RADIUS_KM = 6371.0

PROVENANCE = {
    "title": "Land mask of the world at 30 arc-seconds",
    "source": "GLOBE digital elevation model (NOAA), as packaged by global-land-mask 1.0.0",
    "licence": "MIT",
    "comment": "true is land; lakes are land, because the model gives them an elevation",
}


@dataclass(frozen=True)
class World:
    """A grid of cells. `lat` and `lon` are the north-west corners; the first is (90, -180)."""

    land: Mask
    lat: npt.NDArray[np.float64]
    lon: npt.NDArray[np.float64]

    @property
    def per_degree(self) -> int:
        """Cells per degree, in both directions."""
        return len(self.lat) // 180

    def cell(self, lat: float, lon: float) -> tuple[int, int]:
        """Return the row and the column of the cell that holds a point."""
        row = int((90 - lat) * self.per_degree)
        column = int((lon + 180) * self.per_degree)
        return min(row, len(self.lat) - 1), min(column, len(self.lon) - 1)

    def window(self, edges: Edges) -> tuple[slice, slice]:
        """Return the rows and the columns between south, north, west and east."""
        south, north, west, east = edges
        (top, left), (bottom, right) = self.cell(north, west), self.cell(south, east)
        return slice(top, bottom), slice(left, right)

    def cell_areas_km2(self, rows: slice) -> npt.NDArray[np.float64]:
        """Return the area of a cell in each of these rows: cells shrink towards the poles."""
        side = np.deg2rad(1 / self.per_degree) * EARTH_RADIUS_KM
        centres = self.lat[rows] - 0.5 / self.per_degree
        return np.asarray(side * side * np.cos(np.deg2rad(centres)))


def load_world(thin: int = 1) -> World:
    """Unpack the package's archive, 0.9 GB once decoded; keep every `thin`-th row and column."""
    # Importing the package would decode all of it, in silence: it is found, not imported.
    package = find_spec("global_land_mask")
    if package is None or package.origin is None:
        raise SystemExit("the data is missing; run `pip install global-land-mask`")
    archive = Path(package.origin).with_name("globe_combined_mask_compressed.npz")
    with np.load(archive) as arrays:
        lat, lon = arrays["lat"][::thin], arrays["lon"][::thin]
    land = np.empty((len(lat), len(lon)), bool)
    with zipfile.ZipFile(archive) as members, members.open("mask.npy") as mask:
        np.lib.format.read_magic(mask)
        (_, width), _, _ = np.lib.format.read_array_header_1_0(mask)
        for rows in bands(len(lat), 720 // thin, "unpacking the land mask"):
            count = (rows.stop - rows.start) * thin
            ocean = np.frombuffer(mask.read(count * width), bool).reshape(count, width)
            np.logical_not(ocean[::thin, ::thin], out=land[rows])
    return World(land, lat, lon)
