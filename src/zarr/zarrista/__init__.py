"""The zarrista backend: chunk and region I/O by the library `zarrista`.

This module imports without the library; `is_available` returns whether it is installed. Users
choose the backend with `engine="zarrista"`; `"auto"` never does.
"""

from zarr.zarrista._backend import ZarristaBackend
from zarr.zarrista._library import is_available

__all__ = ["ZarristaBackend", "is_available"]
