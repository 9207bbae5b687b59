"""The names of zarrs-python's module of the same name."""

from zarr.zarrs import (
    DiscontiguousArrayError,
    FillValueNoneError,
    UnsupportedDataTypeError,
    UnsupportedMetadataError,
    UnsupportedVIndexingError,
    ZarrsCodecPipeline,
)

__all__ = [
    "DiscontiguousArrayError",
    "FillValueNoneError",
    "UnsupportedDataTypeError",
    "UnsupportedMetadataError",
    "UnsupportedVIndexingError",
    "ZarrsCodecPipeline",
]
