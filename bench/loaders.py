"""What loaders ask for: the elements of rows of a sparse matrix, and batches of samples.

.venv/bin/python -m bench.loaders
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final, NamedTuple

import numpy as np

import zarr
from zarr import crud
from zarr.crud import Ranges, Request
from zarr.storage import LocalStore

ROUNDS: Final = 7
ELEMENTS: Final = 20_000_000
CHUNK: Final = 65_536
ROWS: Final = 20_000
CHOSEN: Final = 4_096
SAMPLES: Final = 16_384
SHAPE: Final = (32, 32)
IN_SHARD: Final = 1_024
BATCH: Final = 256
PIPELINE: Final = "zarrs.ZarrsCodecPipeline"

type Read = Callable[[], Any]


class Case(NamedTuple):
    """A kind of reads: who reads, what all of them must return, and how many items that is."""

    peers: dict[str, Read]
    expected: Any
    items: int
    unit: str


def sparse_rows(root: str) -> Case:
    """The elements of scattered rows of a matrix in the format CSR, in zstd chunks."""
    random = np.random.default_rng(0)
    values = {
        "data": random.integers(0, 50, ELEMENTS).astype("f4"),
        "indices": random.integers(0, 30_000, ELEMENTS).astype("i4"),
    }
    store = LocalStore(root)
    for name, elements in values.items():
        zarr.create_array(store, name=name, data=elements, chunks=(CHUNK,))
    documents = [crud.read_metadata(store, path=name) for name in values]
    inner = np.sort(random.choice(ELEMENTS, ROWS - 1, replace=False))
    bounds = np.concatenate([[0], inner, [ELEMENTS]])
    rows = np.sort(random.choice(ROWS, CHOSEN, replace=False))
    ranges = Ranges(bounds[rows], bounds[rows + 1])
    pairs = list(zip(ranges.starts.tolist(), ranges.stops.tolist(), strict=True))
    positions = np.concatenate([np.arange(*pair) for pair in pairs])
    touched = np.unique(positions // CHUNK) * CHUNK
    whole = Ranges(touched, np.minimum(touched + CHUNK, ELEMENTS))

    def together(*selections: Any, kind: Any = "orthogonal") -> list[Any]:
        requests = [
            Request(document, store, selection, None, None, kind)
            for document in documents
            for selection in selections
        ]
        return crud.read_regions(requests, engine="zarrs")

    def one_by_one() -> list[Any]:
        parts = together(*(slice(*pair) for pair in pairs), kind="basic")
        half = len(pairs)
        return [np.concatenate(parts[:half]), np.concatenate(parts[half:])]

    def decoded() -> list[Any]:
        together(whole)
        return expected

    def natively(pipeline: str | None = None) -> list[Any]:
        with zarr.config.set({} if pipeline is None else {"codec_pipeline.path": pipeline}):
            arrays: list[Any] = [zarr.open_array(store, path=name, mode="r") for name in values]
            return [array.oindex[positions] for array in arrays]

    expected = [elements[positions] for elements in values.values()]
    peers: dict[str, Read] = {
        "zarrs, ranges": lambda: together(ranges),
        "zarrs, a request for each row": one_by_one,
        "touched chunks, decoded alone": decoded,
        "zarr": natively,
        "zarrs-python": lambda: natively(PIPELINE),
    }
    peers |= _tensorstore(root, values, lambda array: array[positions])
    return Case(peers, expected, CHOSEN, "rows")


def samples(root: str) -> Case:
    """A batch of random samples of sharded images and their labels."""
    random = np.random.default_rng(0)
    values = {
        "images": random.integers(0, 50, (SAMPLES, *SHAPE)).astype("u1"),
        "labels": random.integers(0, 9, SAMPLES).astype("i8"),
    }
    store = LocalStore(root)
    for name, elements in values.items():
        rest = elements.shape[1:]
        zarr.create_array(
            store, name=name, data=elements, chunks=(16, *rest), shards=(IN_SHARD, *rest)
        )
    documents = [crud.read_metadata(store, path=name) for name in values]
    chosen = np.sort(random.choice(SAMPLES, BATCH, replace=False))
    room = [np.empty((BATCH, *array.shape[1:]), array.dtype) for array in values.values()]

    def by_requests() -> Any:
        requests, out = [], []
        for document, memory in zip(documents, room, strict=True):
            for place, number in enumerate(chosen.tolist()):
                requests.append(Request(document, store, slice(number, number + 1)))
                out.append(memory[place : place + 1])
        crud.read_regions(requests, out=out, engine="zarrs")
        return room

    def by_lists() -> Any:
        requests = [
            Request(document, store, (chosen,), None, None, "orthogonal") for document in documents
        ]
        return crud.read_regions(requests, out=room, engine="zarrs")

    def natively(pipeline: str | None = None) -> Any:
        with zarr.config.set({} if pipeline is None else {"codec_pipeline.path": pipeline}):
            arrays: list[Any] = [zarr.open_array(store, path=name, mode="r") for name in values]
            return [array.oindex[chosen] for array in arrays]

    peers: dict[str, Read] = {
        "zarrs, a list of numbers": by_lists,
        "zarrs, a request for each sample": by_requests,
        "zarr": natively,
        "zarrs-python": lambda: natively(PIPELINE),
    }
    peers |= _tensorstore(root, values, lambda array: array[chosen])
    return Case(peers, [array[chosen] for array in values.values()], BATCH, "samples")


def _tensorstore(root: str, names: Any, read: Callable[[Any], Any]) -> dict[str, Read]:
    """TensorStore's reads of both arrays at a time, if it is installed."""
    try:
        import tensorstore
    except ImportError:
        return {}
    specs = [
        {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{root}/{name}/"}}
        for name in names
    ]
    arrays = [tensorstore.open(spec, open=True).result() for spec in specs]

    def reads() -> list[Any]:
        return [one.result() for one in [read(array).read() for array in arrays]]

    return {"tensorstore": reads}


def timed(case: Case, rounds: int) -> dict[str, float]:
    """Medians in seconds; the peers take turns, and what each returns is checked first."""
    for name, read in case.peers.items():
        found = read()
        equal = [np.array_equal(a, b) for a, b in zip(found, case.expected, strict=True)]
        assert all(equal), f"{name} returns something else"
    times: dict[str, list[float]] = {name: [] for name in case.peers}
    for _ in range(rounds):
        for name, read in case.peers.items():
            start = time.perf_counter()
            read()
            times[name].append(time.perf_counter() - start)
    return {name: median(taken) for name, taken in times.items()}


def table(title: str, case: Case, times: dict[str, float]) -> str:
    """A table of times, rates, and ratios to the first."""
    ours = next(iter(times.values()))
    lines = [
        f"| {name} | {1000 * seconds:.1f} ms | {case.items / seconds:,.0f} | {seconds / ours:.2f} |"
        for name, seconds in times.items()
    ]
    head = f"| {title} | time | {case.unit}/s | to the first |\n|---|--:|--:|--:|"
    return "\n".join([head, *lines]) + "\n"


def main(rounds: int = ROUNDS) -> None:
    """Print the tables."""
    for make, title in {sparse_rows: "rows of a CSR matrix", samples: "random samples"}.items():
        root = tempfile.mkdtemp()
        try:
            case = make(root)
            print(table(title, case, timed(case, rounds)))
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
