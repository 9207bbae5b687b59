"""The errors of zarrs-python's module of the same name, of this and of earlier releases."""

from zarr.zarrs import (
    CollapsedDimensionError,
    DiscontiguousArrayError,
    FillValueNoneError,
    UnsupportedVIndexingError,
)

__all__ = [
    "CollapsedDimensionError",
    "DiscontiguousArrayError",
    "FillValueNoneError",
    "UnsupportedVIndexingError",
]
