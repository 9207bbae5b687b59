"""Names that older releases of zarr lack, for the overlay, which runs on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zarr.errors import PickleCodecDisabledError
else:
    try:
        from zarr.errors import PickleCodecDisabledError
    except ImportError:

        class PickleCodecDisabledError(Exception):
            """Before 3.4.2, zarr decodes pickles without being asked to."""


__all__ = ["PickleCodecDisabledError"]
