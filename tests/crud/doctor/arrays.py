"""Arrays for `doctor`, each in a store in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

import zarr
from zarr import crud
from zarr.crud._doctor.parts import parts_of
from zarr.crud._doctor.sample import Sample, sample_of
from zarr.storage import MemoryStore


class Array:
    """A stored array with its document and location."""

    def __init__(self, store: Any = None, **members: Any) -> None:
        store = MemoryStore() if store is None else store
        self.stored = zarr.create_array(store, **members)
        self.document = crud.read_metadata(store)
        self.location = crud.Location(store, "")

    def sample(self, most: int = 64 << 20) -> Sample:
        """The sample of an array that has one."""
        found = sample_of(self.document, self.location, most)
        assert found is not None
        return found

    def fetched(self) -> Any:
        """The parts of a read of all."""
        values = np.asarray(self.stored[...])
        return parts_of(self.document, self.location, self.sample(), values, 1 << 30, 10)


def ragged(**members: Any) -> Array:
    """An array of 7 x 5 elements in chunks of 3 x 2."""
    return Array(**{"data": np.arange(35).reshape(7, 5), "chunks": (3, 2)} | members)
