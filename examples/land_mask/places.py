"""Places to ask about, in degrees north and degrees east."""

from __future__ import annotations

from typing import Final, NamedTuple


class Island(NamedTuple):
    """An island state, in a window of sea that holds no other land to speak of."""

    edges: tuple[float, float, float, float]
    """South, north, west and east."""
    area_km2: float
    """What an atlas says."""


ISLANDS: Final = {
    "Iceland": Island((63.0, 67.0, -25.0, -13.0), 103_000),
    "New Zealand": Island((-48.0, -34.0, 166.0, 179.0), 268_000),
    "Madagascar": Island((-26.0, -11.5, 42.5, 51.0), 587_000),
}

CITIES: Final[dict[str, tuple[float, float]]] = {
    "Addis Ababa": (9.02, 38.75),
    "Alice Springs": (-23.70, 133.88),
    "Anchorage": (61.21, -149.87),
    "Baghdad": (33.32, 44.37),
    "Bangkok": (13.75, 100.50),
    "Beijing": (39.90, 116.40),
    "Berlin": (52.52, 13.40),
    "Bogotá": (4.71, -74.07),
    "Brasília": (-15.79, -47.88),
    "Buenos Aires": (-34.61, -58.44),
    "Cairo": (30.04, 31.24),
    "Chicago": (41.85, -87.68),
    "Delhi": (28.65, 77.22),
    "Denver": (39.74, -104.99),
    "Dhaka": (23.75, 90.39),
    "Helsinki": (60.19, 24.94),
    "Jakarta": (-6.21, 106.82),
    "Johannesburg": (-26.20, 28.05),
    "Kinshasa": (-4.35, 15.31),
    "Lagos": (6.58, 3.35),
    "La Paz": (-16.50, -68.15),
    "Lima": (-12.05, -77.04),
    "London": (51.51, -0.13),
    "Los Angeles": (34.05, -118.24),
    "Madrid": (40.42, -3.70),
    "Melbourne": (-37.80, 144.98),
    "Mexico City": (19.43, -99.13),
    "Moscow": (55.75, 37.62),
    "Nairobi": (-1.29, 36.82),
    "Novosibirsk": (55.03, 82.92),
    "Nuuk": (64.18, -51.70),
    "Paris": (48.86, 2.35),
    "Perth": (-31.95, 115.87),
    "Reykjavík": (64.12, -21.80),
    "Santiago": (-33.45, -70.67),
    "São Paulo": (-23.55, -46.63),
    "Singapore": (1.35, 103.82),
    "Tehran": (35.69, 51.39),
    "Tokyo": (35.69, 139.70),
    "Vancouver": (49.25, -123.08),
    "Wellington": (-41.29, 174.76),
}

OPEN_SEA: Final[dict[str, tuple[float, float]]] = {
    "Arabian Sea": (15.00, 65.00),
    "Baltic Sea": (56.00, 18.50),
    "Bay of Bengal": (13.00, 88.00),
    "Black Sea": (43.50, 34.00),
    "Coral Sea": (-18.00, 155.00),
    "Drake Passage": (-59.00, -65.00),
    "Gulf of Mexico": (25.00, -90.00),
    "Null Island": (0.00, 0.00),
    "North Pole": (90.00, 0.00),
    "Point Nemo": (-48.88, -123.39),
    "Sargasso Sea": (28.00, -60.00),
    "Tasman Sea": (-40.00, 160.00),
}
