"""Our engines, as peers of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import zarr
from bench.peer import Index, Indexed, Peer, Selection, Values
from zarr import crud
from zarr.storage import LocalStore


class _Crud:
    """The functions of zarr.crud with a document that was read once."""

    ours: ClassVar[bool] = True
    engine: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.store = LocalStore(folder)
        self.document = crud.read_metadata(self.store)

    def read(self, selection: Selection) -> Any:
        """Read a region."""
        return crud.read_region(self.document, self.store, selection, engine=self.engine)

    def read_chunk(self, index: Index) -> Any:
        """Read a chunk."""
        return crud.read_chunk(self.document, self.store, index, engine=self.engine)

    def write(self, selection: Selection, value: Values) -> None:
        """Write a region."""
        crud.write_region(self.document, self.store, selection, value, engine=self.engine)


class CrudReference(_Crud):
    """zarr.crud in pure Python."""

    name: ClassVar[str] = "crud reference"
    engine: ClassVar[str] = "reference"


class CrudZarrs(_Crud):
    """zarr.crud in Rust."""

    name: ClassVar[str] = "crud zarrs"
    engine: ClassVar[str] = "zarrs"


class ArrayZarrs(Indexed):
    """An ordinary zarr.Array that was opened with engine="zarrs"."""

    name: ClassVar[str] = "arr[...] zarrs"
    ours: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self.array = zarr.open_array(LocalStore(folder), mode="r+", engine="zarrs")
        # Upstream without the seams would take the keyword and ignore it.
        if self.array.engine != "zarrs":
            raise RuntimeError(f"the engine is {self.array.engine!r}, not 'zarrs'")


ENGINES: tuple[type[Peer], ...] = (CrudReference, CrudZarrs, ArrayZarrs)
