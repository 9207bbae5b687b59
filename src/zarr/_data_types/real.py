"""Floating-point numbers of 16, 8, 6 and 4 bits."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, SupportsFloat, SupportsIndex

from zarr._data_types.base import MLDataType
from zarr._data_types.floats import Float
from zarr.core.dtype.common import HasEndianness

if TYPE_CHECKING:
    import numpy as np

    from zarr.core.common import JSON, ZarrFormat


@dataclass(frozen=True, kw_only=True)
class MLFloat(MLDataType):
    """A floating-point data type."""

    bits: ClassVar[int] = 8
    has_nan: ClassVar[bool] = True
    has_infinity: ClassVar[bool] = False
    has_sign: ClassVar[bool] = True

    @classmethod
    def numbers(cls) -> Float:
        """Return the conversions of elements."""
        dtype = cls.native()
        return Float(
            cls._zarr_v3_name, dtype, cls.bits, cls.has_nan, cls.has_infinity, cls.has_sign
        )

    def element(self, data: object) -> np.generic:
        """Return the nearest element to a number."""
        if not isinstance(data, (SupportsFloat, SupportsIndex)):
            raise TypeError(f"{data!r} is not a number for data type {self._zarr_v3_name!r}")
        found: np.generic = self.numbers().of_number(float(data))
        return found

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> np.generic:
        """Return the element that a document means."""
        found: np.generic = self.numbers().from_json(data)
        return found

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> JSON:
        """Return an element for a document: a number, a name, or the bits of a NaN."""
        return self.numbers().to_json(self.cast_scalar(data), zarr_format)


@dataclass(frozen=True, kw_only=True)
class BFloat16(MLFloat, HasEndianness):
    """The upper half of a float32: 8 bits of exponent, 7 of mantissa."""

    _zarr_v3_name = "bfloat16"
    bits = 16
    has_infinity = True

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return NumPy's data type, in the byte order for which the codec `bytes` asks."""
        dtype = self.native()
        return dtype if self.endianness == sys.byteorder else dtype.newbyteorder(self.endianness)


@dataclass(frozen=True, kw_only=True)
class Float8E3M4(MLFloat):
    """3 bits of exponent, 4 of mantissa, as IEEE 754."""

    _zarr_v3_name = "float8_e3m4"
    has_infinity = True


@dataclass(frozen=True, kw_only=True)
class Float8E4M3(MLFloat):
    """4 bits of exponent, 3 of mantissa, as IEEE 754."""

    _zarr_v3_name = "float8_e4m3"
    has_infinity = True


@dataclass(frozen=True, kw_only=True)
class Float8E4M3B11FNUZ(MLFloat):
    """4 bits of exponent with bias 11, 3 of mantissa; one NaN, no infinity, one zero."""

    _zarr_v3_name = "float8_e4m3b11fnuz"


@dataclass(frozen=True, kw_only=True)
class Float8E4M3FN(MLFloat):
    """4 bits of exponent, 3 of mantissa; two NaNs, no infinity."""

    _zarr_v3_name = "float8_e4m3fn"


@dataclass(frozen=True, kw_only=True)
class Float8E4M3FNUZ(MLFloat):
    """4 bits of exponent with bias 8, 3 of mantissa; one NaN, no infinity, one zero."""

    _zarr_v3_name = "float8_e4m3fnuz"


@dataclass(frozen=True, kw_only=True)
class Float8E5M2(MLFloat):
    """5 bits of exponent, 2 of mantissa, as IEEE 754."""

    _zarr_v3_name = "float8_e5m2"
    has_infinity = True


@dataclass(frozen=True, kw_only=True)
class Float8E5M2FNUZ(MLFloat):
    """5 bits of exponent with bias 16, 2 of mantissa; one NaN, no infinity, one zero."""

    _zarr_v3_name = "float8_e5m2fnuz"


@dataclass(frozen=True, kw_only=True)
class Float8E8M0FNU(MLFloat):
    """8 bits of exponent: powers of two; one NaN, no infinity, no zero, no sign."""

    _zarr_v3_name = "float8_e8m0fnu"
    has_sign = False


@dataclass(frozen=True, kw_only=True)
class Float6E2M3FN(MLFloat):
    """2 bits of exponent, 3 of mantissa, in one byte; no NaN, no infinity."""

    _zarr_v3_name = "float6_e2m3fn"
    bits = 6
    has_nan = False


@dataclass(frozen=True, kw_only=True)
class Float6E3M2FN(MLFloat):
    """3 bits of exponent, 2 of mantissa, in one byte; no NaN, no infinity."""

    _zarr_v3_name = "float6_e3m2fn"
    bits = 6
    has_nan = False


@dataclass(frozen=True, kw_only=True)
class Float4E2M1FN(MLFloat):
    """2 bits of exponent, 1 of mantissa, in one byte; no NaN, no infinity."""

    _zarr_v3_name = "float4_e2m1fn"
    bits = 4
    has_nan = False
