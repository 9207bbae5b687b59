"""Arrays for the tests of the backend over the package zarrista."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

import zarr
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud._stores.location import Location
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from zarr.crud.backends import Document

ENGINE: Final = "zarrista"
VALUES: Final[npt.NDArray[Any]] = np.arange(1, 36, dtype="i4").reshape(7, 5)


def make(folder: Path | str, **options: Any) -> tuple[Document, LocalStore]:
    """A ragged array of distinct values in a folder, created and written by zarr itself."""
    given: dict[str, Any] = {"chunks": (3, 2), "dtype": "i4", "compressors": None, "fill_value": -9}
    given |= options
    store = LocalStore(folder)
    with zarr.config.set({"array.engine": "zarr"}):
        array = zarr.create_array(store, shape=(7, 5), **given)
    array[...] = VALUES.astype(array.dtype)
    return crud.read_metadata(store), store


def document_of(**options: Any) -> Document:
    """The document that zarr creates."""
    given: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i4"} | options
    return as_document(zarr.create_array({}, **given).metadata)


def at(store: Any, path: str = "") -> Location:
    return Location(store, path)


def refusal(document: Any, store: Any, **options: Any) -> str | None:
    """The reason that `explain` gives for the engine."""
    return crud.explain(document, store, **options)[ENGINE].reason
