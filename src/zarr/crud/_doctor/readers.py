"""All ways to read a part of an array here: zarr-python's own, and every engine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import zarr
from zarr.core.config import config
from zarr.crud._regions import read_region
from zarr.crud.backends.explain import explain
from zarr.storage import StorePath

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.store import Store
    from zarr.crud._doctor.sample import Box
    from zarr.crud._document.document import Document

NATIVE: Final = "zarr"

# Upstream's pipelines, its default first.
_PIPELINES: Final = {
    NATIVE: "zarr.core.codec_pipeline.BatchedCodecPipeline",
    "zarr, fused": "zarr.core.codec_pipeline.FusedCodecPipeline",
}


class Way(NamedTuple):
    """A way to read; `make` opens a store for it, and returns what reads the part."""

    name: str
    make: Callable[[Store], Callable[[], Any]] | None
    reason: str | None
    """Why it does not read this array."""
    store: str | None = None
    """How it reaches the store, if it says so."""


def ways(document: Document, store: Store, path: str, box: Box) -> list[Way]:
    """Return all ways; zarr-python's own default is the first."""
    found = [
        Way(name, partial(_native, path, box, pipeline), None)
        for name, pipeline in _PIPELINES.items()
    ]
    for name, verdict in explain(document, store, box, path=path).items():
        make = partial(_engine, document, path, box, name) if verdict.serves else None
        found.append(Way(name, make, verdict.reason, verdict.store))
    return found


def _native(path: str, box: Box, pipeline: str, store: Store) -> Callable[[], Any]:
    """Open an array as zarr-python does without any engine, and return its read."""
    # A configured engine would take its place.
    with config.set({"codec_pipeline.path": pipeline, "array.engine": NATIVE}):
        array = zarr.open_array(StorePath(store, path), mode="r")
    return lambda: array[box]


def _engine(document: Document, path: str, box: Box, name: str, store: Store) -> Callable[[], Any]:
    return lambda: read_region(document, store, box, path=path, engine=name, detached=True)
