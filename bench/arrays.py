"""The overhead of `arr[...]` with an engine above the same call of `zarr.crud`."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import thread_time
from typing import Any

import zarr
from bench.facade import Nothing, Ready
from zarr import crud
from zarr.storage import MemoryStore

REPEATS = 300


def array_seconds(rounds: int) -> dict[str, float]:
    """Return the median seconds of each call above that of `zarr.crud`, with an idle backend."""
    store, backend = MemoryStore(), Nothing()
    made: Any = zarr.create_array(store, shape=(70, 50), chunks=(3, 2), dtype="i2")
    ready = Ready()
    array: Any = made.with_engine(backend)
    taken: dict[str, list[float]] = {}
    with crud.register_backend(ready):
        compared = calls(array, backend) | plain_calls(made.with_engine(ready.name))
        for _ in range(rounds):
            for name, (above, below) in compared.items():
                taken.setdefault(name, []).append(_seconds(above) - _seconds(below))
    return {name: median(values) for name, values in taken.items()}


def plain_calls(array: Any) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Return the calls that a reader serves, each with its equivalent in `zarr.crud`."""
    document, store = array.metadata, array.store

    def pair(at: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
        return (
            lambda: array[at],
            lambda: crud.read_region(document, store, at, engine=array.engine),
        )

    return {
        "arr[0, 0], by a reader": pair((0, 0)),
        "arr[2:5, 3:9], by a reader": pair((slice(2, 5), slice(3, 9))),
    }


def calls(
    array: Any, backend: crud.CrudBackend
) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Return the calls of an array, each with its equivalent in `zarr.crud`."""
    document, store = array.metadata, array.store
    box, lists, rows = (slice(2, 5), slice(3, 9)), ([1, 5, 3], [0, 2, 4]), ([1, 5, 3], slice(2, 9))

    def read(selection: Any, kind: Any = "basic") -> Callable[[], Any]:
        return lambda: crud.read_region(document, store, selection, kind=kind, engine=backend)

    def write(selection: Any, kind: Any = "basic") -> Callable[[], Any]:
        return lambda: crud.write_region(document, store, selection, 7, kind=kind, engine=backend)

    return {
        "arr[...]": (lambda: array[...], read(...)),
        "arr[0, 0]": (lambda: array[0, 0], read((0, 0))),
        "arr[2:5, 3:9]": (lambda: array[box], read(box)),
        "arr[list, 2:9]": (lambda: array[rows], read(rows, "orthogonal")),
        "arr.oindex[list, list]": (lambda: array.oindex[lists], read(lists, "orthogonal")),
        "arr.vindex[list, list]": (lambda: array.vindex[lists], read(lists, "coordinate")),
        "arr.blocks[1, 2]": (lambda: array.blocks[1, 2], read((1, 2), "block")),
        "arr[2:5, 3:9] = 7": (lambda: array.__setitem__(box, 7), write(box)),
        "arr.oindex[list, list] = 7": (
            lambda: array.oindex.__setitem__(lists, 7),
            write(lists, "orthogonal"),
        ),
    }


def _seconds(call: Callable[[], Any]) -> float:
    began = thread_time()
    for _ in range(REPEATS):
        call()
    return (thread_time() - began) / REPEATS
