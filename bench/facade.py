"""The overhead of `zarr.crud`: calls of an idle backend, with `zarr.crud` and without."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

import zarr
from zarr import crud
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore

NAME = "nothing"
REPEATS = 1000
OPTIONS = crud.Options()


class Nothing(ReferenceBackend):
    """Serves every call by returning at once."""

    name: ClassVar[str] = NAME
    result = np.zeros((3, 2), "i2")

    def supports(self, *_: Any) -> str | None:
        """Serve everything."""
        return None

    def read_chunk(self, *_: Any, **__: Any) -> Any:
        """Return one array."""
        return self.result

    def write_chunk(self, *_: Any, **__: Any) -> None:
        """Do nothing."""
        return

    def read_region(self, *_: Any, **__: Any) -> Any:
        """Return one array."""
        return self.result

    def write_region(self, *_: Any, **__: Any) -> None:
        """Do nothing."""
        return


class Ready(Nothing):
    """Has a reader for plain reads, which also returns at once."""

    name: ClassVar[str] = "ready"

    def reader(self, *_: Any) -> Any:
        """Return itself: its methods take anything."""
        return self


def facade_seconds(rounds: int) -> dict[str, float]:
    """Return the median seconds of each call above the same call of the backend itself."""
    store = MemoryStore()
    zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2")
    document, location = crud.read_metadata(store), crud.Location(store, "")
    backend, ready = Nothing(), Ready()
    value, box = np.zeros((3, 2), "i2"), (slice(1, 4), slice(0, 2))
    lowered = crud.Box(((1, 1, 3), (0, 1, 2)), (3, 2))
    calls: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "read_chunk": (
            lambda: crud.read_chunk(document, store, (1, 1), engine=NAME),
            lambda: backend.read_chunk(document, location, (1, 1), out=None, options=OPTIONS),
        ),
        "write_chunk": (
            lambda: crud.write_chunk(document, store, (1, 1), value, engine=NAME),
            lambda: backend.write_chunk(document, location, (1, 1), value, options=OPTIONS),
        ),
        "read_region, two slices": (
            lambda: crud.read_region(document, store, box, engine=NAME),
            lambda: backend.read_region(document, location, lowered, out=None, options=OPTIONS),
        ),
        "read_region, one element": (
            lambda: crud.read_region(document, store, (1, 1), engine=NAME),
            lambda: backend.read_region(document, location, lowered, out=None, options=OPTIONS),
        ),
        "read_region, ...": (
            lambda: crud.read_region(document, store, engine=NAME),
            lambda: backend.read_region(document, location, lowered, out=None, options=OPTIONS),
        ),
        "write_region, two slices": (
            lambda: crud.write_region(document, store, box, value, engine=NAME),
            lambda: backend.write_region(document, location, lowered, value, options=OPTIONS),
        ),
        "read_chunk, by a reader": (
            lambda: crud.read_chunk(document, store, (1, 1), engine=Ready.name),
            lambda: ready.read_chunk((1, 1)),
        ),
        "read_region, by a reader": (
            lambda: crud.read_region(document, store, box, engine=Ready.name),
            lambda: ready.read_region(box),
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    with crud.register_backend(backend), crud.register_backend(ready):
        for _ in range(rounds):
            for name, (whole, alone) in calls.items():
                taken[name].append(_seconds(whole) - _seconds(alone))
    return {name: median(values) for name, values in taken.items()}


def _seconds(call: Callable[[], Any]) -> float:
    began = perf_counter()
    for _ in range(REPEATS):
        call()
    return (perf_counter() - began) / REPEATS
