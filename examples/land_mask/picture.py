"""A picture of what was read: the globe on an equal-area map, and windows at full resolution."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from mollweide import latitudes_and_longitudes, position
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from places import CITIES, ISLANDS

if TYPE_CHECKING:
    from world import Mask

type Floats = npt.NDArray[np.floating]

MAP_SIZE = (1280, 640)
PANEL_HEIGHT = 300
MARGIN = 32
PAGE_SIZE = (MAP_SIZE[0] + 2 * MARGIN, MAP_SIZE[1] + PANEL_HEIGHT + 4 * MARGIN)

PAGE, INK, FAINT, CITY = (10, 20, 34), (228, 235, 240), (128, 148, 166), (240, 84, 54)
DEEP_SEA, COAST = np.array((17, 48, 79), "f4"), np.array((92, 163, 186), "f4")
# The colour of land by distance from the equator, in degrees: forest, desert, forest, ice.
LAND_AT = (0, 12, 24, 38, 56, 66, 74)
LAND = np.array(
    ((84, 124, 82), (112, 138, 84), (216, 192, 140), (172, 168, 112), (104, 134, 98),
     (176, 186, 172), (240, 244, 247))
)  # fmt: skip


class Panel(NamedTuple):
    """A window to show: the cells read, the latitude of each row, and a caption."""

    land: Mask
    lat: Floats
    caption: str


def draw(file: Path, globe: Mask, panels: Sequence[Panel], notes: Sequence[str]) -> None:
    """Save one page: the globe with the cities, the panels below it, and notes beside them."""
    page = Image.new("RGB", PAGE_SIZE, PAGE)
    page.paste(map_of(globe), (MARGIN, MARGIN))
    pen = ImageDraw.Draw(page)
    mark_places(pen)
    left, top = MARGIN, MAP_SIZE[1] + 3 * MARGIN
    for panel in panels:
        image = panel_of(panel)
        page.paste(image, (left, top))
        pen.rectangle((left, top, left + image.width, top + image.height), outline=FAINT)
        text = panel.caption.replace("? ", "?\n")
        pen.text((left, top - 44), text, INK, ImageFont.load_default(16), spacing=4)
        left += image.width + MARGIN
    for line, note in enumerate(notes):
        size, colour = (26, INK) if line == 0 else (18, FAINT)
        pen.text((left, top + 34 * line), note, colour, ImageFont.load_default(size))
    page.save(file, optimize=True)


def map_of(globe: Mask) -> Image.Image:
    """Project the globe, at twice the size for smooth coasts."""
    width, height = (2 * length for length in MAP_SIZE)
    lat, lon, inside = latitudes_and_longitudes(width, height)
    rows = np.minimum((90 - lat) / 180 * globe.shape[0], globe.shape[0] - 1).astype(int)
    columns = np.minimum((lon + 180) / 360 * globe.shape[1], globe.shape[1] - 1).astype(int)
    colours = paint(globe[rows, columns] & inside, lat)
    for degrees in (lat, lon):
        # A line of the graticule runs where the next pixel is in the next 30 degrees.
        zone = np.floor(degrees / 30)
        line = (np.diff(zone, axis=0, append=zone[-1:]) != 0) | (
            np.diff(zone, axis=1, append=zone[:, -1:]) != 0
        )
        colours[line] += 0.12 * (255 - colours[line])
    colours[~inside] = PAGE
    image = Image.fromarray(colours.astype(np.uint8))
    return image.resize(MAP_SIZE, Image.Resampling.LANCZOS)


def panel_of(panel: Panel) -> Image.Image:
    """Draw a window in its true proportions: a degree of longitude shrinks with latitude."""
    image = Image.fromarray(paint(panel.land, panel.lat[:, None]).astype(np.uint8))
    middle = float(np.cos(np.deg2rad(panel.lat.mean())))
    width = round(PANEL_HEIGHT * image.width / image.height * middle)
    return image.resize((width, PANEL_HEIGHT), Image.Resampling.LANCZOS)


def paint(land: Mask, lat: Floats) -> Floats:
    """Colour land by its latitude, and sea by how near a coast is."""
    grey = Image.fromarray(land.astype(np.uint8) * 255)
    near = np.asarray(grey.filter(ImageFilter.GaussianBlur(max(land.shape) / 200)), "f4")
    colours: Floats = DEEP_SEA + np.minimum(1, near / 140)[..., None] * (COAST - DEEP_SEA)
    distance = np.broadcast_to(np.abs(lat), land.shape)[land]
    for channel, tones in enumerate(LAND.T):
        colours[land, channel] = np.interp(distance, LAND_AT, tones)
    return colours


def mark_places(pen: ImageDraw.ImageDraw) -> None:
    """Put a dot on each city, and a frame around each window."""
    for lat, lon in CITIES.values():
        x, y = on_page(lat, lon)
        pen.ellipse((x - 5, y - 5, x + 5, y + 5), PAGE)
        pen.ellipse((x - 3, y - 3, x + 3, y + 3), CITY)
    for (south, north, west, east), _ in ISLANDS.values():
        corners = ((south, west), (south, east), (north, east), (north, west), (south, west))
        pen.line([on_page(*corner) for corner in corners], INK, 1)


def on_page(lat: float, lon: float) -> tuple[float, float]:
    """Return the pixel of the page that shows a point."""
    x, y = position(lat, lon)
    return MARGIN + x * MAP_SIZE[0], MARGIN + y * MAP_SIZE[1]
