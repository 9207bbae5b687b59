"""Mean, extremes and histogram of arrays that are larger than the memory to use.

The land mask of the world, and a field of any size that is made here, are written and read region
by region. Each result is held against the source; dask computes the same if it is installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from summary import Summary, peak_bytes, summary_by_dask

import zarr
from zarr import crud
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterator

# The mask is loaded by the example about it.
sys.path.append(str(Path(__file__).parents[1] / "land_mask"))

SIDE, CHUNK = 4096, (1, 512, 1024)

type Pieces = Iterator[tuple[Any, np.ndarray[Any, Any]]]


def main(arguments: list[str] | None = None) -> int:
    """Run the example; return 0 if every result is right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the arrays go")
    parser.add_argument("--mebibytes", type=int, default=512, help="the size of the field")
    parser.add_argument("--ahead", type=int, default=16, help="the mebibytes to hold at a time")
    parser.add_argument("--thin", type=int, default=5, choices=(1, 2, 5), help="of the land mask")
    options = parser.parse_args(arguments)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="larger-than-memory-"))
    ahead = options.ahead << 20
    planes = max(1, (options.mebibytes << 20) // (2 * SIDE * SIDE))
    right = summarize_field(LocalStore(folder / "field.zarr"), planes, ahead)
    right &= summarize_land(LocalStore(folder / "land.zarr"), options.thin, ahead)
    print(f"the arrays are in {folder}")
    return 0 if right else 1


def summarize_field(store: LocalStore, planes: int, ahead: int) -> bool:
    """Write a field of elevations plane by plane, and summarize it chunk by chunk."""
    shape = (planes, SIDE, SIDE)
    zarr.create_array(store, shape=shape, chunks=CHUNK, dtype="u2", overwrite=True)
    document = crud.read_metadata(store)
    truth = Summary(top=4096)
    before = peak_bytes()
    crud.write_chunks(document, store, watched(field(planes), truth), ahead=ahead)
    return compare("the field", document, store, truth, ahead, before)


def field(planes: int) -> Pieces:
    """Yield a field in bands of rows; the same memory is filled again and again."""
    rows, columns = np.arange(SIDE)[:, None], np.arange(SIDE)[None]
    north, east = 1500 + 1500 * np.sin(rows / 300), 500 + 500 * np.cos(columns / 170)
    north, east = north.astype("u2"), east.astype("u2")
    band = np.empty((1, CHUNK[1], SIDE), "u2")
    for plane in range(planes):
        for start in range(0, SIDE, CHUNK[1]):
            stop = start + CHUNK[1]
            np.add(north[None, start:stop] + np.uint16(plane % 90), east[None], out=band)
            yield (slice(plane, plane + 1), slice(start, stop), slice(None)), band


def watched(pieces: Pieces, truth: Summary) -> Pieces:
    """Yield the pieces, and summarize each before it is written."""
    for region, values in pieces:
        truth.add(values)
        yield region, values


def summarize_land(store: LocalStore, thin: int, ahead: int) -> bool:
    """Write the land mask of the world in bands of rows, and summarize it shard by shard."""
    if find_spec("global_land_mask") is None:
        print("the land mask: not here; run `pip install global-land-mask`")
        return True
    from documents import array_document
    from world import PROVENANCE, load_world

    world = load_world(thin)
    chunk, shard = (360, 360), (30 * world.per_degree,) * 2
    mask = array_document(
        world.land.shape, "bool", ["lat", "lon"], PROVENANCE, chunk=chunk, shard=shard
    )
    crud.create(mask, store, overwrite=True)
    document = crud.read_metadata(store)
    bands = (slice(start, start + shard[0]) for start in range(0, len(world.land), shard[0]))
    pieces = ((rows, world.land[rows]) for rows in bands)
    truth = Summary(top=2)
    crud.write_chunks(document, store, watched(pieces, truth), ahead=ahead)
    return compare("the land mask", document, store, truth, ahead, peak_bytes())


def compare(
    name: str, document: crud.Document, store: LocalStore, truth: Summary, ahead: int, before: int
) -> bool:
    """Summarize an array as a stream, and by dask; print both; return whether both are right."""
    found = Summary(truth.top)
    began = perf_counter()
    for _, values in crud.iter_chunks(document, store, ahead=ahead, ordered=False):
        found.add(values)
    seconds = perf_counter() - began
    more = max(0, peak_bytes() - before) >> 20
    size = truth.count * document.dtype.itemsize >> 20
    print(f"{name}: {truth}")
    print(f"  streamed: {size} MiB in {seconds:.2f} s, with {more} MiB more memory than before")
    rows = {"streamed": found}
    if find_spec("dask") is not None:
        began = perf_counter()
        rows["dask"] = summary_by_dask(zarr.open_array(store, mode="r", engine="zarrs"), truth.top)
        print(f"  dask: {perf_counter() - began:.2f} s")
    wrong = [way for way, summary in rows.items() if summary != truth]
    for way in wrong:
        print(f"FAILED: {name}, {way}: {rows[way]}", file=sys.stderr)
    return not wrong


if __name__ == "__main__":
    raise SystemExit(main())
