"""Functions that other processes call."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

import zarr

_inherited: Any = None


def inherit(array: Any) -> None:
    """Keep an array for later calls in this process, as a dataset does."""
    global _inherited
    _inherited = array


def read_inherited(row: int) -> tuple[str, int, list[int]]:
    """One row of the array that this process was given, with the engine and the process that read
    it.
    """
    return _inherited.engine, os.getpid(), _inherited[row].tolist()


def engine_of(array: Any) -> str:
    """The engine of an array in this process."""
    return str(array.engine)


def configured_engine(path: str) -> str:
    """The engine of an array that this process opens with its configuration."""
    return zarr.open_array(path, mode="r").engine


def opened_there(place: Any) -> tuple[str, str, dict[str, int], int | None]:
    """Read an array, opened here if it is a path; return its engine, what served, and the number of
    threads.
    """
    array: Any = zarr.open_array(place, mode="r") if isinstance(place, str) else place
    array[...]
    info = array.engine_info()
    assert info.options is not None
    return info.engine, info.serves, info.operations, info.options.concurrency


def fill_every_fourth(array: Any, first: int, kind: str) -> None:
    """Write 100 elements of a chunk or shard of 400, one at a time."""
    for at in range(first, 400, 4):
        place = divmod(at, 20)
        if kind == "vindex":
            array.vindex[place] = at + 1
        else:
            array[place] = at + 1


def sum_of(array: Any) -> int:
    """Read all of it."""
    return int(np.asarray(array[...]).sum())
