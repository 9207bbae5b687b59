"""What the data types have in common: their names in documents, and NumPy's data types."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self, overload

import numpy as np

from zarr._data_types.package import is_native, native
from zarr.core.dtype.common import HasItemSize
from zarr.core.dtype.wrapper import ZDType
from zarr.errors import DataTypeValidationError

if TYPE_CHECKING:
    from zarr.core.common import JSON, ZarrFormat
    from zarr.core.dtype.common import DTypeJSON


class NativeClass:
    """The class of NumPy's data type, looked up when somebody asks for it."""

    def __get__(self, instance: object, owner: type[MLDataType]) -> type[np.dtype[Any]]:
        return type(owner.native())


@dataclass(frozen=True, kw_only=True)
class MLDataType(ZDType[np.dtype[Any], np.generic], HasItemSize):
    """A data type of `ml_dtypes`, for documents of format 3.

    Those of format 2 have NumPy's names, such as `<V2`, which these data types share with bytes.
    """

    # Without an annotation: `dataclass` looks up the value of every annotated name.
    dtype_cls = NativeClass()

    @classmethod
    def native(cls) -> np.dtype[Any]:
        """Return NumPy's data type, in native byte order."""
        return native(cls._zarr_v3_name)

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type for one of NumPy, whose byte order is ignored.

        A copy of a swapped data type of `ml_dtypes` changes the byte order of the original, so no
        array has one.
        """
        if is_native(dtype, cls._zarr_v3_name):
            return cls()
        # The registry asks every data type, and drops the text.
        raise DataTypeValidationError(f"not the data type {cls._zarr_v3_name!r}")

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return NumPy's data type."""
        return self.native()

    @property
    def item_size(self) -> int:
        """The size of an element in bytes."""
        return self.native().itemsize

    @classmethod
    def _check_native_dtype(cls, dtype: np.dtype[Any]) -> bool:  # type: ignore[override]
        return is_native(dtype, cls._zarr_v3_name)

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        raise cls._not(data)

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if data != cls._zarr_v3_name:
            raise cls._not(data)
        # The document is valid: say here that the package is missing, and not at the first read.
        cls.native()
        return cls()

    @classmethod
    def _not(cls, data: object) -> DataTypeValidationError:
        return DataTypeValidationError(f"{data!r} is not the data type {cls._zarr_v3_name!r}")

    @overload
    def to_json(self, zarr_format: Literal[2]) -> NoReturn: ...

    @overload
    def to_json(self, zarr_format: Literal[3]) -> str: ...

    def to_json(self, zarr_format: ZarrFormat) -> str:
        """Return the data type for a document.

        Raises
        ------
        DataTypeValidationError
            The document is of format 2.
        """
        if zarr_format == 2:
            raise DataTypeValidationError(
                f"format 2 has no name for the data type {self._zarr_v3_name!r}; use format 3"
            )
        return self._zarr_v3_name

    def _check_scalar(self, data: object) -> bool:
        try:
            self.cast_scalar(data)
        except (TypeError, ValueError):
            return False
        return True

    def cast_scalar(self, data: object) -> np.generic:
        """Return a value as an element of the data type; one of that type keeps its bits."""
        if isinstance(data, np.ndarray) and not data.ndim:
            data = data[()]
        if isinstance(data, np.generic) and data.dtype == self.native():
            return data
        if isinstance(data, (bytes, str)):
            # As the same text in a document.
            return self.from_json_scalar(str(data), zarr_format=3)
        return self.element(data)

    def default_scalar(self) -> np.generic:
        """Return zero."""
        return self.element(0)

    @abstractmethod
    def element(self, data: object) -> np.generic:
        """Return a number as an element of the data type."""

    @abstractmethod
    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> np.generic:
        """Return the element that a document means."""

    @abstractmethod
    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> JSON:
        """Return an element for a document."""
