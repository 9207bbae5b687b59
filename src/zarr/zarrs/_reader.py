"""Readers of the extension, which hold everything that stays the same between plain reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud.backends import check_off_loop
from zarr.zarrs._call_options import call_options
from zarr.zarrs._document import prepare
from zarr.zarrs._dtype_conversion import SAME
from zarr.zarrs._extension import extension
from zarr.zarrs._store import can_be_kept, handle_of, is_remote

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud.backends import Document, Location, Options, Reader


def reader_of(document: Document, location: Location, options: Options) -> Reader | None:
    """Return a reader that makes one call into the extension; `None` where each call does more."""
    prepared = document.derive(prepare)
    store, path = location
    if (
        prepared.refusal is not None
        or prepared.conversion is not SAME
        or not can_be_kept(store, path)
    ):
        return None
    handle = handle_of(store, path, waits=False)
    reader: Reader = extension().Reader(
        prepared.json, handle, path, prepared.dtype, call_options(options)
    )
    return OffLoop(reader) if is_remote(store) else reader


class OffLoop:
    """A reader of a store over the network, which raises an error on the thread of zarr's loop.

    All other stores would wait there.
    """

    __slots__ = ("_reader",)

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read_chunk(self, index: tuple[int, ...], /) -> npt.NDArray[Any] | None:
        """Return one chunk; see `Reader.read_chunk`."""
        check_off_loop()
        return self._reader.read_chunk(index)

    def read_region(self, selection: Any, /) -> npt.NDArray[Any] | None:
        """Return the selected elements; see `Reader.read_region`."""
        check_off_loop()
        return self._reader.read_region(selection)
