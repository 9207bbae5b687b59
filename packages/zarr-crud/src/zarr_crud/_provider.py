"""Whose `zarr.crud` is in use: that of the fork, or that of this package."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Literal

from _zarr_crud_finder import FOLDER


def provider() -> Literal["fork", "overlay"]:
    """Return which of the two provides `zarr.crud`, without importing it.

    `"fork"`: the installed zarr is the fork, which has the packages itself; those of zarr-crud are
    not used. `"overlay"`: the installed zarr is zarr-python, unchanged.

    Raises
    ------
    ImportError
        The installed zarr is too old or too new.

    Examples
    --------
    >>> import zarr_crud
    >>> zarr_crud.provider() in ("fork", "overlay")
    True
    """
    spec = find_spec("zarr.crud")
    if spec is None or spec.origin is None:
        raise ImportError(
            "the packages of zarr-crud are not beside its modules; install it again",
            name="zarr.crud",
        )
    packages = os.path.dirname(os.path.dirname(spec.origin))  # noqa: PTH120  # FOLDER is a str
    return "overlay" if packages == FOLDER else "fork"


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
