"""Whose `zarr.crud` is in use: that of the fork, or that of this package."""

from __future__ import annotations

from importlib.machinery import PathFinder
from typing import Literal


def provider() -> Literal["fork", "overlay"]:
    """Return which of the two provides `zarr.crud`, without importing it.

    `"fork"`: the installed zarr is the fork, which has the packages itself; those of zarr-crud are
    not used. `"overlay"`: the installed zarr is zarr-python, unchanged.

    Examples
    --------
    >>> import zarr_crud
    >>> zarr_crud.provider() in ("fork", "overlay")
    True
    """
    import zarr

    own = PathFinder.find_spec("zarr.crud", zarr.__path__)
    # A folder without modules, which an editor may leave behind, has no origin.
    return "overlay" if own is None or own.origin is None else "fork"


def require_engines() -> None:
    """Raise an error unless arrays take `engine=`.

    A program that depends on engines under arrays calls this first: zarr-python itself ignores the
    argument where it opens an array, and the configuration key `array.engine` everywhere.

    Raises
    ------
    zarr.crud.UnsupportedError
        The installed zarr is not the fork.

    Examples
    --------
    >>> import zarr_crud
    >>> if zarr_crud.provider() == "fork":
    ...     zarr_crud.require_engines()
    """
    if provider() == "fork":
        return
    from zarr import __version__
    from zarr.crud import UnsupportedError

    raise UnsupportedError(
        f"arrays of zarr {__version__} have no engines, because it is not the fork: engine= and "
        "array.engine have no effect on them; use the functions of zarr.crud or the codec "
        "pipeline zarr.zarrs.ZarrsCodecPipeline, or install the fork in place of zarr"
    )
