"""The errors of the codec pipeline in strict mode, with the names that zarrs-python gave them."""

from __future__ import annotations

from typing import Final

from zarr.crud._errors import UnsupportedError


class UnsupportedMetadataError(UnsupportedError):
    """In strict mode: the engine serves no array of this kind, or not with this store or buffer."""


class UnsupportedVIndexingError(UnsupportedError):
    """In strict mode: the engine does not serve this selection of this array."""


class UnsupportedDataTypeError(UnsupportedError):
    """Never raised: every data type that the engine lacks is an `UnsupportedMetadataError`.

    zarrs-python raises it for strings, dates, structures and other data types, which are served
    here. It is defined for programs that catch it.
    """


class DiscontiguousArrayError(UnsupportedError):
    """Never raised: lists and slices with steps are served. For programs that catch it."""


class CollapsedDimensionError(UnsupportedError):
    """Never raised: integers beside lists are served. For programs that catch it."""


class FillValueNoneError(UnsupportedError):
    """Never raised: arrays without a fill value are served. For programs that catch it."""


PUBLIC: Final = (
    UnsupportedMetadataError,
    UnsupportedVIndexingError,
    UnsupportedDataTypeError,
    DiscontiguousArrayError,
    CollapsedDimensionError,
    FillValueNoneError,
)

for _error in PUBLIC:
    _error.__module__ = "zarr.zarrs"
