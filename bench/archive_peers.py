"""What else re-encodes archives: zarr, dask, and `zarrs_reencode`; and the codecs alone.

rechunker does not run with zarr 3: version 0.5.2 asks for `zarr.hierarchy`, which only zarr 2 has.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import dask.array

import zarr
from zarr import crud
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

type Way = Callable[[Path, Path], object]
type Layout = dict[str, Any]
"""Arguments of `create_array`: chunks, shards, and perhaps compressors."""

ZARRS_REENCODE: Final = "zarrs_reencode"


def with_from_array(layout: Layout, engine: str) -> Way:
    """Return `zarr.from_array` with an engine."""

    def run(source: Path, target: Path) -> None:
        array = zarr.open_array(source, engine=engine)
        with zarr.config.set({"array.engine": engine}):
            zarr.from_array(LocalStore(target), data=array, **layout)

    return run


def with_dask(layout: Layout) -> Way:
    """Return what dask's users write, with the engine."""

    def run(source: Path, target: Path) -> None:
        # Called as untyped: dask's functions have no annotations.
        da: Any = dask.array
        found = da.from_zarr(zarr.open_array(source, engine="zarrs"))
        found = found.rechunk(layout["shards"] or layout["chunks"])
        made: Any = zarr.create_array(
            LocalStore(target), shape=found.shape, dtype=found.dtype, **layout
        ).with_engine("zarrs")
        da.store(found, made, lock=False)

    return run


def with_zarrs_reencode(source: Layout, wanted: Layout) -> Way | None:
    """Return the program of zarrs_tools; `None` without it on PATH, or if it does something else.

    Of version 0.8.1, it does not take shards away, and stores other chunks only as shards: here of
    one chunk each.
    """
    program = shutil.which(ZARRS_REENCODE)
    shards = wanted["shards"]
    if program is None or (source["shards"] and not shards):
        return None
    if shards is None and source["chunks"] != wanted["chunks"]:
        shards = wanted["chunks"]
    command = [program]
    if shards:
        command += ["--chunk-shape", _joined(wanted["chunks"]), "--shard-shape", _joined(shards)]
    if "compressors" in wanted:
        codecs = json.dumps([codec.to_dict() for codec in wanted["compressors"]])
        command += ["--bytes-to-bytes-codecs", codecs]

    def run(source: Path, target: Path) -> None:
        subprocess.run([*command, source, target], check=True, capture_output=True)

    return run


def _joined(shape: tuple[int, ...]) -> str:
    return ",".join(map(str, shape))


def codecs_alone(source: Path, target: Path) -> float:
    """Return the seconds that the codecs alone take on all processors, if none is ever idle."""
    work: list[Callable[[], object]] = []
    document = crud.read_metadata(source)
    for index in crud.list_chunks(document, source):
        stored = crud.read_encoded_chunk(document, source, index)
        assert stored is not None
        work.append(partial(crud.decode_chunk, document, stored, engine="zarrs"))
    made = crud.read_metadata(target)
    for index in crud.list_chunks(made, target):
        value = crud.read_chunk(made, target, index, engine="zarrs")
        work.append(partial(crud.encode_chunk, made, value, engine="zarrs"))
    began = time.process_time()
    for call in work:
        call()
    return (time.process_time() - began) / (os.cpu_count() or 1)
