"""The errors of `zarr.crud`, grouped by how a handler would react.

```text
zarr.errors.BaseZarrError (a ValueError)
 +- CrudError                        has a stable `kind`
 |   +- UnknownBackendError          also LookupError          "unknown-backend"
 |   +- BackendUnavailableError      also ImportError          "backend-unavailable"
 |   +- UnsupportedError             also NotImplementedError  "unsupported"
 |   +- DocumentError                also MetadataValidationError  "metadata"
 |   +- DecodeError                                            "decode-failed"
 |   +- DecodedSizeError             also MemoryError          "budget"
 |   +- ValueShapeError                                        "value-shape"
 |   +- MissingValueError            also TypeError            "missing-value"
 |   +- ReadOnlyError                also PermissionError      "read-only"
 |   +- InvalidPathError                                       "invalid-path"
 |   +- BatchError                   also RuntimeError         "batch"
 |   +- MismatchError                                          "mismatch"
 |   +- InternalError                also RuntimeError         "internal"
 +- reused from zarr.errors, the class is the kind:
     NodeNotFoundError, ArrayNotFoundError, ContainsArrayError, ContainsGroupError,
     NodeTypeValidationError, BoundsCheckError, ChunkNotFoundError
```

An exception that a store raises is passed on as the same object, not as one of these. An error of
the operating system stays an `OSError` with its `errno` and file name.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import ClassVar, Final, Self

from zarr.errors import BaseZarrError, MetadataValidationError


class ErrorKind(StrEnum):
    """What went wrong, as a name that never changes once released."""

    UNKNOWN_BACKEND = "unknown-backend"
    BACKEND_UNAVAILABLE = "backend-unavailable"
    UNSUPPORTED = "unsupported"
    METADATA = "metadata"
    DECODE_FAILED = "decode-failed"
    BUDGET = "budget"
    VALUE_SHAPE = "value-shape"
    MISSING_VALUE = "missing-value"
    READ_ONLY = "read-only"
    INVALID_PATH = "invalid-path"
    BATCH = "batch"
    MISMATCH = "mismatch"
    INTERNAL = "internal"


class CrudError(BaseZarrError):
    """Base class of all errors defined by `zarr.crud`: a message and a `kind`."""

    kind: ClassVar[ErrorKind]


class UnknownBackendError(CrudError, LookupError):
    """No backend of this name is registered. Not raised for a backend that cannot be imported."""

    kind = ErrorKind.UNKNOWN_BACKEND


class BackendUnavailableError(CrudError, ImportError):
    """The backend is registered, but something that it needs is not installed."""

    kind = ErrorKind.BACKEND_UNAVAILABLE


class UnsupportedError(CrudError, NotImplementedError):
    """The chosen backend does not serve this document, store, selection or option.

    Raised before any work starts, without a fallback: choose another engine, or none. Damaged
    stored bytes raise `DecodeError` instead.
    """

    kind = ErrorKind.UNSUPPORTED


class DocumentError(CrudError, MetadataValidationError):
    """A metadata document, given or stored, is not valid."""

    kind = ErrorKind.METADATA


class DecodeError(CrudError):
    """The stored bytes of a chunk do not decode: truncated, oversized, or damaged."""

    kind = ErrorKind.DECODE_FAILED


_URL: Final = re.compile(r"""(\w[\w+.-]*://)(?:[^\s/@'"]*@)?([^\s?#'"<>)]*)(?:[?#][^\s'"<>)]*)?""")


def without_secrets(text: str) -> str:
    """Return a text without the users and queries of URLs, which may hold credentials."""
    return _URL.sub(r"\1\2", text)


def store_name(store: object) -> str:
    """Return the name of a store for a message."""
    return without_secrets(repr(store))


def undecodable(key: str, store: object, reason: object) -> DecodeError:
    """The error for a stored value that does not decode; the extension uses the same wording."""
    return DecodeError(
        f"the stored value of {key!r} in {without_secrets(str(store))} cannot be decoded: "
        f"{reason}; restore it from a copy, or write it again"
    )


class DecodedSizeError(CrudError, MemoryError):
    """A result or a chunk would exceed `Options.decoded_size_budget`, or the available memory.

    The message says which. For an empty result it says that NumPy does not support its shape.
    """

    kind = ErrorKind.BUDGET


class ValueShapeError(CrudError):
    """A value to write, or an `out` array, has the wrong shape or data type."""

    kind = ErrorKind.VALUE_SHAPE


class MissingValueError(CrudError, TypeError):
    """A value to write has missing elements, which the array's data type cannot hold."""

    kind = ErrorKind.MISSING_VALUE


class ReadOnlyError(CrudError, PermissionError):
    """The store was opened in read-only mode; nothing was written."""

    kind = ErrorKind.READ_ONLY

    def __new__(cls, *args: object) -> Self:
        # `ValueError.__new__` would be inherited otherwise, and cannot make an `OSError`. Libraries
        # that unpickle exceptions with tracebacks, such as dask, call `__new__` by name.
        return PermissionError.__new__(cls, *args)


class InvalidPathError(CrudError):
    """A node path would lead outside the store's root, or is not a valid node path."""

    kind = ErrorKind.INVALID_PATH


class BatchError(CrudError, RuntimeError):
    """A batch of writes is used outside its block, in a forked process, or in another batch."""

    kind = ErrorKind.BATCH


class MismatchError(CrudError):
    """What should be equal differs: elements of an array and of its copy, for example."""

    kind = ErrorKind.MISMATCH


class InternalError(CrudError, RuntimeError):
    """A defect of the backend, caught before it could do harm. Please report it."""

    kind = ErrorKind.INTERNAL
