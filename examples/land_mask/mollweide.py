"""The Mollweide projection: an ellipse on which equal areas of the globe look equal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]

ANGLES = np.linspace(-np.pi / 2, np.pi / 2, 2001)
LATITUDES = np.arcsin(np.clip((2 * ANGLES + np.sin(2 * ANGLES)) / np.pi, -1, 1))


def latitudes_and_longitudes(
    width: int, height: int
) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Return the degrees at each pixel of a map, and which pixels are on the globe."""
    y, x = np.mgrid[1 : -1 : height * 1j, -1 : 1 : width * 1j]
    inside = x * x + y * y <= 1
    angle = np.arcsin(y)
    lat = np.rad2deg(np.interp(angle, ANGLES, LATITUDES))
    lon = 180 * x / np.maximum(np.cos(angle), 1e-9)
    return lat, np.clip(lon, -180, 180), inside


def position(lat: float, lon: float) -> tuple[float, float]:
    """Return where a point is on the map, from its left and its top, in parts of its size."""
    angle = np.interp(np.deg2rad(lat), LATITUDES, ANGLES)
    x, y = lon / 180 * np.cos(angle), np.sin(angle)
    return float(1 + x) / 2, float(1 - y) / 2
