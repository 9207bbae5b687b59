"""Integers of 4 and 2 bits, each in one byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, SupportsIndex, SupportsInt

from zarr._data_types.base import MLDataType

if TYPE_CHECKING:
    import numpy as np

    from zarr.core.common import JSON, ZarrFormat


@dataclass(frozen=True, kw_only=True)
class MLInteger(MLDataType):
    """An integer data type."""

    least: ClassVar[int]
    most: ClassVar[int]

    def element(self, data: object) -> np.generic:
        """Return an integer as an element of the data type."""
        number = int(data) if isinstance(data, (SupportsInt, SupportsIndex)) else None
        if number is None or number != data:
            raise TypeError(f"{data!r} is not an integer for data type {self._zarr_v3_name!r}")
        if not self.least <= number <= self.most:
            raise ValueError(
                f"{number} is not a value of data type {self._zarr_v3_name!r}; "
                f"use {self.least} to {self.most}"
            )
        found: np.generic = self.native().type(number)
        return found

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> np.generic:
        """Return the element that a document means."""
        if isinstance(data, (int, float)) and not isinstance(data, bool):
            return self.element(data)
        raise TypeError(
            f"{data!r} is not a fill value of data type {self._zarr_v3_name!r}; use an integer"
        )

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> JSON:
        """Return an element for a document."""
        return int(self.cast_scalar(data))


@dataclass(frozen=True, kw_only=True)
class Int4(MLInteger):
    """Integers from -8 to 7."""

    _zarr_v3_name = "int4"
    least, most = -8, 7


@dataclass(frozen=True, kw_only=True)
class UInt4(MLInteger):
    """Integers from 0 to 15."""

    _zarr_v3_name = "uint4"
    least, most = 0, 15


@dataclass(frozen=True, kw_only=True)
class Int2(MLInteger):
    """Integers from -2 to 1."""

    _zarr_v3_name = "int2"
    least, most = -2, 1


@dataclass(frozen=True, kw_only=True)
class UInt2(MLInteger):
    """Integers from 0 to 3."""

    _zarr_v3_name = "uint2"
    least, most = 0, 3
