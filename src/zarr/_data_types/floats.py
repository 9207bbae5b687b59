"""Elements of floating-point data types, and how documents spell them.

The standard NaN is `"NaN"`. In format 3 every other NaN is spelled by its bits: `"0x7fc1"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from zarr.core.common import JSON, ZarrFormat

HEX: Final = "0x"

NAMED: Final = {
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}


class Float(NamedTuple):
    """A floating-point data type."""

    name: str
    """The name in documents."""
    dtype: np.dtype[Any]
    bits: int
    """The bits that have a meaning; those above them are 0."""
    has_nan: bool
    has_infinity: bool
    has_sign: bool = True
    """Whether there are zeros and negative numbers."""

    def of_number(self, number: float) -> Any:
        """Return the nearest element, as `ml_dtypes` rounds; every NaN becomes the standard one.

        Raises
        ------
        ValueError
            The data type has no such element.
        """
        if number != number:
            if not self.has_nan:
                raise ValueError(f"data type {self.name!r} has no NaN")
            # Its sign is not that of the result otherwise.
            return self.dtype.type(float("nan"))
        if number in (float("inf"), float("-inf")) and not self.has_infinity:
            raise ValueError(f"data type {self.name!r} has no infinity")
        if not self.has_sign and number <= 0:
            if number:
                raise ValueError(f"data type {self.name!r} has no negative numbers")
            # The nearest one is the smallest; `ml_dtypes` makes a NaN of it.
            return self.of_bits(0)
        return self.dtype.type(number)

    def of_bits(self, bits: int) -> Any:
        """Return the element with these bits."""
        return np.array([bits], f"u{self.dtype.itemsize}").view(self.dtype)[0]

    def bits_of(self, element: Any) -> int:
        """Return the bits of an element, without those that have no meaning."""
        word = np.array([element], self.dtype).view(f"u{self.dtype.itemsize}")
        return int(word[0]) & ((1 << self.bits) - 1)

    def from_json(self, data: JSON) -> Any:
        """Return the element that a document means."""
        if isinstance(data, (int, float)) and not isinstance(data, bool):
            return self.of_number(float(data))
        if isinstance(data, str) and data in NAMED:
            return self.of_number(NAMED[data])
        if isinstance(data, str) and data.startswith(HEX):
            return self._from_hex(data)
        raise TypeError(
            f"{data!r} is not a fill value of data type {self.name!r}; use a number, 'NaN', "
            f"'Infinity', '-Infinity' or the bits, such as {self.to_hex(0)!r}"
        )

    def _from_hex(self, data: str) -> Any:
        digits = data.removeprefix(HEX)
        wanted = len(self.to_hex(0)) - len(HEX)
        try:
            bits = int(digits, 16) if digits.isalnum() else -1
        except ValueError:
            bits = -1
        if len(digits) != wanted or not 0 <= bits < 1 << self.bits:
            raise ValueError(
                f"{data!r} is not an element of data type {self.name!r}, which has {self.bits} "
                f"bits; use {wanted} hexadecimal digits, up to {self.to_hex((1 << self.bits) - 1)}"
            )
        return self.of_bits(bits)

    def to_json(self, element: Any, zarr_format: ZarrFormat) -> JSON:
        """Return an element for a document."""
        bits = self.bits_of(element)
        number = float(self.of_bits(bits))
        if number != number:
            is_standard = bits == self.bits_of(self.dtype.type(float("nan")))
            return "NaN" if is_standard or zarr_format == 2 else self.to_hex(bits)
        if number in (float("inf"), float("-inf")):
            return "Infinity" if number > 0 else "-Infinity"
        return number

    def to_hex(self, bits: int) -> str:
        """Return bits for a document."""
        return f"{HEX}{bits:0{2 * self.dtype.itemsize}x}"
