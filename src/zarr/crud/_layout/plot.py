"""The chunk map as a figure of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.crud._layout.layout import Layout


def drawn(
    layout: Layout, axes: tuple[int, ...], ax: Any = None, file: str | Path | None = None
) -> Any:
    """Draw the map into `ax`, or into a new figure without a window, and perhaps to a file."""
    figure_class, ticker = _matplotlib()
    found = layout.bins(axes)
    if ax is None:
        ax = figure_class(layout="constrained").add_subplot()
    stored = layout.chunk_map(axes)
    if not layout.chunks:
        # There is nothing to draw, and matplotlib has no image without pixels.
        stored = np.full((1, 1), np.nan)
    image = ax.imshow(
        np.ma.masked_invalid(stored),
        interpolation="nearest",
        aspect="auto" if min(stored.shape) == 1 else "equal",
        extent=_extent(stored.shape, found.steps),
        vmin=0,
    )
    ax.set_facecolor("0.9")
    rows, columns = found.axes
    ax.set_xlabel("chunk" if columns is None else f"chunk along axis {columns}")
    ax.set_ylabel("" if rows is None else f"chunk along axis {rows}")
    for axis, place in ((ax.xaxis, columns), (ax.yaxis, rows)):
        axis.set_major_locator(
            ticker.MaxNLocator(integer=True) if place is not None else ticker.NullLocator()
        )
    # Dollar signs would begin a formula.
    title = f"{layout.path or '/'}: {layout.stored_chunks} of {layout.chunks} stored"
    ax.set_title(title.replace("$", r"\$"))
    ax.figure.colorbar(image, ax=ax, label="stored bytes per chunk; grey: not stored")
    if file is not None:
        ax.figure.savefig(file)
    return ax


def _extent(shape: tuple[int, ...], steps: tuple[int, int]) -> tuple[float, float, float, float]:
    rows, columns = shape[0] * steps[0], shape[1] * steps[1]
    return (-0.5, columns - 0.5, rows - 0.5, -0.5)


def _matplotlib() -> tuple[Any, Any]:
    try:
        from matplotlib import ticker
        from matplotlib.figure import Figure
    except ImportError as err:
        raise ImportError(
            "matplotlib, which draws the chunk map, is not installed; install the extra, such as "
            "with `pip install 'zarr[plots]'`, or matplotlib itself"
        ) from err
    return Figure, ticker
