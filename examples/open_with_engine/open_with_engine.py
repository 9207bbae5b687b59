"""One array, every engine: the same data, other times, and what happens when one cannot.

Run it with any zarr that has engines; it checks each step as it goes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import zarr
from zarr.buffer.gpu import buffer_prototype as gpu_prototype
from zarr.crud import UnsupportedError

SHAPE, CHUNKS = (600, 700), (128, 100)


def write(folder: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Write an elevation-like field once, in the default way."""
    rows, columns = np.indices(SHAPE)
    values = (800 * np.sin(rows / 60) * np.cos(columns / 45)).astype("i2")
    group = zarr.open_group(folder)
    group.create_array("height", data=values, chunks=CHUNKS, attributes={"units": "m"})
    return values


def read_with_every_engine(folder: Path, values: np.ndarray[Any, Any]) -> None:
    """What one engine reads, every other reads; only the time differs."""
    selections: dict[str, Any] = {
        "all of it": lambda array: array[...],
        "one element": lambda array: array[321, 123],
        "every 50th row": lambda array: array[::50],
        "rows of a list": lambda array: array.oindex[[7, 3, 599], :],
        "points": lambda array: array.vindex[[5, 500], [6, 600]],
        "where it is high": lambda array: array[values > 780],
    }
    expected = {
        name: select(zarr.open_array(folder / "height")) for name, select in selections.items()
    }
    for engine, status in zarr.list_engines().items():
        if not status.available:
            print(f"{engine}: {status.reason}")
            continue
        array = zarr.open_array(folder / "height", mode="r", engine=engine)
        times = []
        for name, select in selections.items():
            began = perf_counter()
            found = select(array)
            times.append(f"{name} {1e3 * (perf_counter() - began):.2f} ms")
            assert np.array_equal(found, expected[name]), (engine, name)
        print(f"{engine}: {', '.join(times)}")


def choose(folder: Path) -> None:
    """For one array, for one read, for a group, or for everything that is opened in a block."""
    array = zarr.open_array(folder / "height", engine="zarrs")
    assert array.engine == "zarrs"
    assert np.array_equal(array[:5], array.with_engine("reference")[:5])
    assert array.engine_info().operations == {"zarrs": 1}
    group = zarr.open_group(folder, engine="zarrs")
    members = dict(group.arrays())
    assert members["height"].engine == "zarrs"
    with zarr.config.set({"array.engine": "auto"}):
        array = zarr.open_array(folder / "height")
    print("auto:", array.engine_info().serves, "serves it")


def be_refused(folder: Path) -> None:
    """A named engine never falls back: what it does not serve raises, with the reason."""
    with zarr.config.set({"array.engine": "zarrs"}):
        strict = zarr.open_array(folder / "height")
    try:
        strict.get_basic_selection(..., prototype=gpu_prototype)
    except UnsupportedError as err:
        print("refused:", err)
    else:
        raise AssertionError("an engine of NumPy arrays cannot fill memory of another device")


def round_trip(folder: Path, values: np.ndarray[Any, Any]) -> None:
    """Write with one engine, read with another, append with a third."""
    array = zarr.open_array(folder / "height", engine="zarrs")
    array[100:200, ::2] = -1
    array.vindex[[0, 599], [0, 699]] = 9999
    array.with_engine("reference").append(np.zeros((10, SHAPE[1]), "i2"))
    changed = values.copy()
    changed[100:200, ::2] = -1
    changed[[0, 599], [0, 699]] = 9999
    native: Any = zarr.open_array(folder / "height")
    assert native.shape == (610, 700)
    assert np.array_equal(native[:600], changed)
    print("round trip: what one engine writes, every other reads")


def main() -> None:
    """Write once, then read, choose, be refused and write again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        values = write(folder)
        read_with_every_engine(folder, values)
        choose(folder)
        be_refused(folder)
        round_trip(folder, values)


if __name__ == "__main__":
    main()
