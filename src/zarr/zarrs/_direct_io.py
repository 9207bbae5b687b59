"""Direct I/O: files that the extension reads and writes without the page cache."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from zarr.crud.backends import Options, errors

if TYPE_CHECKING:
    from typing import Self


class NoDirectIOError(errors.UnsupportedError):
    """The system, or the file system of a store, has no direct I/O."""


class DirectOptions(Options):
    """Options of a call that reads and writes the files of a directory with direct I/O.

    An option of the extension alone: no other backend has it, so it is not one of `Options`.
    """

    __slots__ = ()

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the same options, with direct I/O."""
        return cls(**{field.name: getattr(options, field.name) for field in fields(options)})
