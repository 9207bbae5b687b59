"""What batches of writes save: rows one by one into a shard, and time steps that xarray writes.

.venv/bin/python -m bench.batches
"""

from __future__ import annotations

import shutil
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any, Final, NamedTuple

import numpy as np

import zarr
from zarr import crud

ROUNDS: Final = 3
ROWS: Final = 60
SHARD: Final = (100, 100_000)
STEPS: Final = 200
FIELD: Final = (181, 360)
STEPS_IN_SHARD: Final = 100

type Work = Callable[[str], None]
"""Writes to an array, or data set, of fill values in a folder."""


class Case(NamedTuple):
    """A kind of work: how to make what is written to, who writes, and what must then be stored."""

    prepare: Work
    peers: dict[str, Work]
    check: Work


def rows() -> Case:
    """Rows one by one into a shard of 80 MB without compression."""
    row = np.random.default_rng(0).random(SHARD[1])

    def prepare(root: str) -> None:
        members: dict[str, Any] = {"chunks": (1, SHARD[1]), "shards": SHARD, "compressors": None}
        zarr.create_array(root, shape=SHARD, dtype="f8", **members)

    def check(root: str) -> None:
        assert np.all(zarr.open_array(root)[:ROWS] == row)

    def one_by_one(root: str, *, engine: str) -> None:
        array = zarr.open_array(root, engine=engine)
        for at in range(ROWS):
            array[at] = row

    def batched(root: str, *, engine: str) -> None:
        with zarr.open_array(root, engine=engine).batched_writes() as array:
            for at in range(ROWS):
                array[at] = row

    def by_functions(root: str) -> None:
        document = crud.read_metadata(root)
        with crud.batched_writes(root, engine="zarrs") as batch:
            for at in range(ROWS):
                crud.write_region(document, batch, at, row)

    def one_call(root: str) -> None:
        zarr.open_array(root, engine="zarrs")[:ROWS] = np.broadcast_to(row, (ROWS, SHARD[1]))

    peers: dict[str, Work] = {
        "zarr, one by one": partial(one_by_one, engine="zarr"),
        "zarrs, one by one": partial(one_by_one, engine="zarrs"),
        "zarrs, one call": one_call,
        "zarrs, batched": partial(batched, engine="zarrs"),
        "zarrs, batched with functions": by_functions,
        "reference, batched": partial(batched, engine="reference"),
    }
    return Case(prepare, peers | transactions(row), check)


def transactions(row: Any) -> dict[str, Work]:
    """The transaction of TensorStore, if it is installed."""
    try:
        import tensorstore
    except ImportError:
        return {}

    def write(root: str) -> None:
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": root}}
        array = tensorstore.open(spec, open=True).result()
        with tensorstore.Transaction() as transaction:
            target = array.with_transaction(transaction)
            for at in range(ROWS):
                target[at] = row

    return {"tensorstore, transaction": write}


def steps() -> Case:
    """Time steps that xarray writes to regions, one by one, into shards of many steps."""
    import xarray

    values = np.random.default_rng(0).random((STEPS, *FIELD), "f4").round(2)

    def data_set(some: Any) -> Any:
        return xarray.Dataset({"heat": (("time", "y", "x"), some)})

    def prepare(root: str) -> None:
        encoding = {"heat": {"chunks": (1, *FIELD), "shards": (STEPS_IN_SHARD, *FIELD)}}
        empty = data_set(np.zeros_like(values))
        empty.to_zarr(root, encoding=encoding, zarr_format=3, consolidated=False, compute=False)
        zarr.open_array(f"{root}/heat")[...] = 0

    def check(root: str) -> None:
        assert np.all(zarr.open_array(f"{root}/heat")[...] == values)

    def write(store: Any) -> None:
        for at in range(STEPS):
            part = data_set(values[at : at + 1])
            part.to_zarr(store, region={"time": slice(at, at + 1)}, consolidated=False)

    def with_engine(root: str) -> None:
        with zarr.config.set({"array.engine": "zarrs"}):
            write(root)

    def batched(root: str, *, engine: str) -> None:
        with crud.batched_writes(root, engine=engine) as batch:
            write(batch)

    def one_call(root: str) -> None:
        region = {"time": slice(0, STEPS)}
        with zarr.config.set({"array.engine": "zarrs"}):
            data_set(values).to_zarr(root, region=region, consolidated=False)

    return Case(
        prepare,
        {
            "zarr, one by one": write,
            "zarrs, one by one": with_engine,
            "zarrs, one call": one_call,
            "zarrs, batched": partial(batched, engine="zarrs"),
            "reference, batched": partial(batched, engine="reference"),
        },
        check,
    )


def timed(case: Case, rounds: int = ROUNDS) -> dict[str, float]:
    """Medians in seconds; the peers take turns, and what each writes is checked."""
    times: dict[str, list[float]] = {name: [] for name in case.peers}
    for _ in range(rounds):
        for name, write in case.peers.items():
            root = tempfile.mkdtemp()
            try:
                case.prepare(root)
                start = time.perf_counter()
                write(root)
                times[name].append(time.perf_counter() - start)
                case.check(root)
            finally:
                shutil.rmtree(root)
    return {name: median(taken) for name, taken in times.items()}


def table(title: str, times: dict[str, float]) -> str:
    """A table of times, and their ratios to the batch of zarrs."""
    ours = times["zarrs, batched"]
    lines = [f"{name} | {seconds:.2f} s | {seconds / ours:.2f}" for name, seconds in times.items()]
    body = "\n".join(f"| {line} |" for line in lines)
    return f"| {title} | time | to the batch |\n|---|--:|--:|\n{body}\n"


def main() -> None:
    """Print the tables."""
    warnings.filterwarnings("ignore")
    print(table(f"{ROWS} rows of a shard of 80 MB", timed(rows())))
    print(table(f"{STEPS} time steps by xarray", timed(steps())))


if __name__ == "__main__":
    main()
