"""Our engines, as peers of the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import zarr
from bench.peer import Index, Indexed, Peer, Positions, Selection, Values
from zarr import crud
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

NEW_MEMORY = crud.Options(memory_pool=0)


class _Crud:
    """The functions of zarr.crud with a document that was read once."""

    ours: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    engine: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.stored = self.store = self.store_of(folder)
        self.document: Any = crud.read_metadata(self.store)

    def store_of(self, folder: Path) -> Store:
        """Return the store of a folder."""
        return LocalStore(folder)

    def read(self, selection: Selection) -> Any:
        """Read a region into new memory."""
        return crud.read_region(
            self.document, self.store, selection, engine=self.engine, options=NEW_MEMORY
        )

    def read_again(self, selection: Selection) -> Any:
        """Read a region."""
        return crud.read_region(self.document, self.store, selection, engine=self.engine)

    def read_into(self, selection: Selection, out: Values) -> Any:
        """Read a region into an array."""
        return crud.read_region(self.document, self.store, selection, out=out, engine=self.engine)

    def read_rows(self, rows: Sequence[Positions]) -> Any:
        """Read a region of lists into new memory."""
        return self._listed(rows, "orthogonal")

    def read_points(self, points: Sequence[Positions]) -> Any:
        """Read a region of points into new memory."""
        return self._listed(points, "coordinate")

    def _listed(
        self, positions: Sequence[Positions], kind: Literal["orthogonal", "coordinate"]
    ) -> Any:
        return crud.read_region(
            self.document,
            self.store,
            tuple(positions),
            kind=kind,
            engine=self.engine,
            options=NEW_MEMORY,
        )

    def read_chunk(self, index: Index) -> Any:
        """Read a chunk."""
        return crud.read_chunk(self.document, self.store, index, engine=self.engine)

    def write(self, selection: Selection, value: Values) -> None:
        """Write a region."""
        crud.write_region(self.document, self.store, selection, value, engine=self.engine)

    def append(self, value: Values) -> None:
        """Replace the document, and write the new elements."""
        before, *others = self.document["shape"]
        longer = {**self.document, "shape": [before + len(value), *others]}
        crud.write_metadata(longer, self.store)
        self.document = crud.read_metadata(self.store)
        self.write((slice(before, None),), value)


class CrudReference(_Crud):
    """zarr.crud in pure Python."""

    name: ClassVar[str] = "crud reference"
    engine: ClassVar[str] = "reference"


class CrudZarrs(_Crud):
    """zarr.crud in Rust."""

    name: ClassVar[str] = "crud zarrs"
    engine: ClassVar[str] = "zarrs"


class CrudZarrista(_Crud):
    """zarr.crud over the package zarrista, which reads through its own store."""

    name: ClassVar[str] = "crud zarrista"
    engine: ClassVar[str] = "zarrista"


class ArrayZarrs(Indexed):
    """An ordinary zarr.Array that was opened with engine="zarrs"; it reuses memory."""

    name: ClassVar[str] = "arr[...] zarrs"
    ours: ClassVar[bool] = True
    replaces: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self.stored = self.store_of(folder)
        self.array = zarr.open_array(self.stored, mode="r+", engine="zarrs")
        # Upstream without the seams would take the keyword and ignore it.
        if self.array.engine != "zarrs":
            raise RuntimeError(f"the engine is {self.array.engine!r}, not 'zarrs'")

    def store_of(self, folder: Path) -> Store:
        """Return the store of a folder."""
        return LocalStore(folder)


ENGINES: tuple[type[Peer], ...] = (CrudReference, CrudZarrs, CrudZarrista, ArrayZarrs)
