"""What is called: each function of `zarr.crud` that reaches a store, and its awaited twin."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr import crud, zarrs
from zarr.crud.testing import bits

if TYPE_CHECKING:
    from collections.abc import Callable

PART = np.s_[2:11, 3:7]
RANGES: Any = [slice(0, 3), slice(6, 11)], slice(3, 7)
REGIONS: Any = np.s_[1:3], np.s_[2:9, 5], np.s_[11, :4]
APART: Any = np.s_[1:3], np.s_[4:9, 5], np.s_[11, :4]
"""Regions of different chunks: the reference writes one after the other."""

POINTS = np.array([0, 11, 5, 5, 2]), np.array([7, 0, 3, 3, 2])
INDEX = (1, 1)
NO_GAP = crud.Options(coalesce_max_gap=0)
OPTIONS: dict[str, Any] = {"path": "array", "detached": True}

LAYOUTS: dict[str, dict[str, Any]] = {
    "chunks": {"chunks": (4, 4)},
    "shards": {"chunks": (2, 2), "shards": (4, 4)},
}
"""Without codecs, so that wrong bytes are elements like others."""

type Run = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Verb:
    """A call, as it is made with a document and a store."""

    name: str
    run: Run
    does: str
    """`"read"` or `"write"` elements, read `"bytes"` or a `"document"`, `"list"`, or `"change"`."""

    named: str
    """A pattern of what an error names."""

    layouts: tuple[str, ...] = ("chunks",)

    def __str__(self) -> str:
        return self.name


def _call(function: str, *where: Any, **options: Any) -> Run:
    given = {**OPTIONS, "options": NO_GAP, **options}
    call: Any = getattr(crud, function)
    if function.endswith("_async"):
        return lambda document, store: asyncio.run(call(document, store, *where, **given))
    return lambda document, store: call(document, store, *where, **given)


def _bare(function: str, *where: Any) -> Run:
    """Return a call of a function without options."""
    call: Any = getattr(crud, function)
    return lambda document, store: call(document, store, *where, **OPTIONS)


def _create(document: Any, store: Any) -> None:
    crud.create(document, store, path="new/array")


def _write_metadata(document: Any, store: Any) -> None:
    crud.write_metadata({**document, "attributes": {"a": 1}}, store, path="array")


def _requests(document: Any, store: Any, regions: Any) -> list[crud.Request]:
    return [crud.Request(document, store, region, "array") for region in regions]


def _read_regions(document: Any, store: Any) -> Any:
    requests = _requests(document, store, REGIONS)
    return crud.read_regions(requests, options=NO_GAP, detached=True)


def _write_regions(document: Any, store: Any) -> None:
    crud.write_regions(_requests(document, store, APART), [-1, -2, -3], detached=True)


def _read_again(document: Any, store: Any) -> Any:
    """Return the second of two reads, which uses kept chunks."""
    zarrs.chunk_cache_clear()
    options = {**OPTIONS, "options": crud.Options(chunk_cache=1 << 20)}
    crud.read_region(document, store, PART, **options)
    return crud.read_region(document, store, PART, **options)


def _iter_chunks(document: Any, store: Any) -> Any:
    pieces = crud.iter_chunks(document, store, PART, by=(5, 3), **OPTIONS)
    return [values for _, values in pieces]


def _write_chunks(document: Any, store: Any) -> None:
    crud.write_chunks(document, store, zip(APART, (-1, -2, -3), strict=True), **OPTIONS)


def _batched_writes(document: Any, store: Any) -> None:
    with crud.batched_writes(store) as batch:
        for region, value in zip(REGIONS, (-1, -2, -3), strict=True):
            crud.write_region(document, batch, region, value, **OPTIONS)


PROTOCOLS = {
    **dict.fromkeys(("read", "bytes", "document"), ("s3", "http")),
    **dict.fromkeys(("write", "list", "change"), ("s3",)),
}
"""How a server is asked for it."""

BOTH = tuple(LAYOUTS)
CHUNK, DOCUMENT, LIST = r"array/c/\d", r"zarr\.json", r"array|nodes"

VERBS = (
    Verb("read_chunk", _call("read_chunk", INDEX), "read", CHUNK, BOTH),
    Verb("read_chunk_async", _call("read_chunk_async", INDEX), "read", CHUNK, BOTH),
    Verb("read_region", _call("read_region"), "read", CHUNK, BOTH),
    Verb("read_region_async", _call("read_region_async"), "read", CHUNK, BOTH),
    Verb("read_part", _call("read_region", PART), "read", CHUNK, BOTH),
    Verb("read_part_async", _call("read_region_async", PART), "read", CHUNK, BOTH),
    Verb("read_points", _call("read_region", POINTS, kind="coordinate"), "read", CHUNK, BOTH),
    Verb(
        "read_points_async",
        _call("read_region_async", POINTS, kind="coordinate"),
        "read",
        CHUNK,
        BOTH,
    ),
    Verb("read_ranges", _call("read_region", RANGES, kind="orthogonal"), "read", CHUNK, BOTH),
    Verb("read_regions", _read_regions, "read", CHUNK, BOTH),
    Verb("read_again", _read_again, "read", CHUNK, BOTH),
    Verb("iter_chunks", _iter_chunks, "read", CHUNK, BOTH),
    Verb("read_subchunk", _call("read_subchunk", (3, 2)), "read", CHUNK, ("shards",)),
    Verb("read_subchunk_async", _call("read_subchunk_async", (3, 2)), "read", CHUNK, ("shards",)),
    Verb("write_chunk", _call("write_chunk", INDEX, -1), "write", CHUNK, BOTH),
    Verb("write_region", _call("write_region", ..., -1), "write", CHUNK, BOTH),
    Verb("write_region_async", _call("write_region_async", ..., -1), "write", CHUNK, BOTH),
    Verb("write_nothing", _call("write_region", ..., 0), "write", CHUNK, BOTH),
    Verb("write_part", _call("write_region", PART, -1), "write", CHUNK, BOTH),
    Verb("write_part_async", _call("write_region_async", PART, -1), "write", CHUNK, BOTH),
    Verb(
        "write_points", _call("write_region", POINTS, -1, kind="coordinate"), "write", CHUNK, BOTH
    ),
    Verb("write_regions", _write_regions, "write", CHUNK, BOTH),
    Verb("write_chunks", _write_chunks, "write", CHUNK, BOTH),
    Verb("batched_writes", _batched_writes, "write", CHUNK, BOTH),
    Verb("read_encoded_chunk", _bare("read_encoded_chunk", INDEX), "bytes", CHUNK),
    Verb("write_encoded_chunk", _bare("write_encoded_chunk", INDEX, bytes(64)), "write", CHUNK),
    Verb("delete_chunk", _bare("delete_chunk", INDEX), "change", CHUNK),
    Verb("list_chunks", _bare("list_chunks"), "list", LIST),
    Verb(
        "read_metadata",
        lambda _, store: crud.read_metadata(store, path="array"),
        "document",
        DOCUMENT,
    ),
    Verb("write_metadata", _write_metadata, "change", DOCUMENT),
    Verb("create", _create, "change", DOCUMENT),
    Verb("list_children", lambda _, store: crud.list_children(store, path="nodes"), "list", LIST),
    Verb("delete_node", lambda _, store: crud.delete_node(store, path="nodes"), "change", LIST),
)


def comparable(found: Any) -> Any:
    """Return a result as something that `==` compares exactly."""
    if isinstance(found, np.ndarray):
        return found.shape, found.dtype.str, bits(found)
    if isinstance(found, crud.Document):
        return dict(found)
    if isinstance(found, list | tuple):
        return [comparable(one) for one in found]
    return found if found is None or isinstance(found, str | int) else bytes(found)
