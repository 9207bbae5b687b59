"""Chunks of files that are decoded and forgotten: one call into the extension for many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud.backends import as_directory
from zarr.storage import LocalStore
from zarr.zarrs._call_options import call_options
from zarr.zarrs._document import prepare
from zarr.zarrs._extension import extension
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.crud.backends import CrudBackend, Document, Location, Options


def verify_chunks(
    backend: CrudBackend,  # noqa: ARG001  # a method of it
    document: Document,
    location: Location,
    indices: Sequence[tuple[int, ...]],
    *,
    options: Options,
) -> Sequence[int | None] | None:
    """Return the sizes of chunks that decode; see `CrudBackend.verify_chunks`."""
    store, path = location
    if not isinstance(as_directory(store), LocalStore):
        return None
    # That the byte order of elements is converted after a read makes no difference.
    json = document.derive(prepare).json
    found: list[int | None] | None = extension().verify_chunks(
        json, handle_of(store, path), indices, path, call_options(options)
    )
    return found
