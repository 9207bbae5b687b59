"""Checks of a metadata document before anything is built from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from zarr.core.common import parse_named_configuration
from zarr.core.config import config
from zarr.core.metadata.v3 import ARRAY_METADATA_KEYS
from zarr.crud._errors import DocumentError

MAX_RANK: Final = 64
"""The most axes of a NumPy array."""

MAX_EXTENT: Final = 2**63 - 1

MAX_EDGES: Final = 1 << 24
"""The most chunks that a rectilinear grid may list, along all axes; run lengths are expanded."""

REQUIRED: Final[Mapping[int, tuple[str, ...]]] = {
    2: ("shape", "chunks", "dtype", "fill_value", "order"),
    3: ("shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs"),
}


def check_array(members: Mapping[str, Any]) -> None:
    """Refuse an invalid array document before anything is built from it.

    Checks only what zarr's parsers check at great cost or not at all: extents, the number of axes
    and of chunks, missing members, and unknown members that must be understood.
    """
    version = members["zarr_format"]
    for name in REQUIRED[version]:
        if name not in members:
            raise wrong(name, "is missing")
    check_attributes(members)
    rank = _check_extents("shape", members["shape"])
    if rank > MAX_RANK:
        raise wrong("shape", f"has {rank} axes; NumPy's arrays have at most {MAX_RANK}")
    if version == 2:
        _check_chunks("chunks", members["chunks"], members["shape"])
        _check_one_of("order", members["order"], ("C", "F"))
        _check_one_of("dimension_separator", members.get("dimension_separator", "."), (".", "/"))
        return
    _check_grid(members["chunk_grid"], members["shape"])
    names = members.get("dimension_names") or [None] * rank
    known = isinstance(names, (list, tuple)) and len(names) == rank
    if not known or not all(isinstance(name, (str, type(None))) for name in names):
        raise wrong("dimension_names", f"is {shown(names)}; use one name or null per axis: {rank}")
    if members.get("storage_transformers"):
        raise wrong("storage_transformers", "names transformers; none is supported")
    if not isinstance(members["codecs"], Sequence) or not members["codecs"]:
        raise wrong("codecs", f"is {shown(members['codecs'])}; use a list of codecs")
    for name in members.keys() - ARRAY_METADATA_KEYS:
        extra = members[name]
        if not (isinstance(extra, Mapping) and extra.get("must_understand") is False):
            raise wrong(
                name,
                "is unknown; a member may be unknown only if it sets `must_understand` to false",
            )


def check_lengths(shape: Sequence[int]) -> None:
    """Refuse the shape of a metadata object of zarr that no document may have."""
    _check_extents("shape", shape)


def check_experimental(members: Mapping[str, Any]) -> None:
    """Refuse features that zarr considers experimental, unless they are enabled.

    Like zarr, this checks the document before it is repaired.
    """
    grid = members.get("chunk_grid")
    rectilinear = isinstance(grid, Mapping) and grid.get("name") == "rectilinear"
    if rectilinear and not config.get("array.rectilinear_chunks"):
        raise wrong(
            "chunk_grid",
            "is rectilinear, which is experimental in zarr; enable it with "
            "zarr.config.set({'array.rectilinear_chunks': True})",
        )


def check_attributes(members: Mapping[str, Any]) -> None:
    """Refuse attributes that are not a mapping."""
    attributes = members.get("attributes")
    if attributes is not None and not isinstance(attributes, Mapping):
        raise wrong("attributes", f"is {shown(attributes)}; use an object")


def _check_grid(grid: Any, shape: Sequence[int]) -> None:
    try:
        name, configuration = parse_named_configuration(grid)
    except (TypeError, ValueError, KeyError) as err:
        raise wrong("chunk_grid", f"is {shown(grid)}; use a name with a configuration") from err
    if name == "regular":
        _check_chunks("chunk_grid", configuration.get("chunk_shape"), shape)
    elif name == "rectilinear":
        _check_edges(configuration.get("chunk_shapes"), shape)
    else:
        raise wrong("chunk_grid", f"is {name!r}; use 'regular' or 'rectilinear'")


def _check_chunks(name: str, chunks: Any, shape: Sequence[int]) -> None:
    rank = _check_extents(name, chunks)
    if rank != len(shape):
        raise wrong(name, f"has {rank} axes; `shape` has {len(shape)}")
    for axis, chunk in enumerate(chunks):
        if chunk == 0:
            raise wrong(name, f"has a chunk of length 0 on axis {axis}; use at least 1")


def _check_edges(axes: Any, shape: Sequence[int]) -> None:
    if not isinstance(axes, (list, tuple)) or len(axes) != len(shape):
        raise wrong("chunk_grid", f"does not list the chunks of {len(shape)} axes")
    listed = 0
    for axis, (edges, length) in enumerate(zip(axes, shape, strict=True)):
        if not isinstance(edges, (list, tuple)):
            continue
        # An extent, or an extent and its number of repetitions.
        runs = [item if isinstance(item, (list, tuple)) else (item, 1) for item in edges]
        if not all(len(run) == 2 and all(map(_is_extent, run)) for run in runs):
            raise wrong("chunk_grid", f"has {shown(edges)} on axis {axis}; use positive integers")
        listed += sum(count for _, count in runs)
        if listed > MAX_EDGES:
            raise wrong("chunk_grid", f"lists more than {MAX_EDGES} chunks along all axes")
        covered = sum(extent * count for extent, count in runs)
        if covered < length:
            raise wrong(
                "chunk_grid", f"has chunks for {covered} of the {length} elements of axis {axis}"
            )


def _check_one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise wrong(name, f"is {shown(value)}; use {' or '.join(map(repr, known))}")


def _check_extents(name: str, extents: Any) -> int:
    if not isinstance(extents, (list, tuple)):
        raise wrong(name, f"is {shown(extents)}; use a list of integers")
    for axis, extent in enumerate(extents):
        if not _is_extent(extent):
            raise wrong(
                name, f"has {shown(extent)} on axis {axis}; use an integer from 0 to 2**63 - 1"
            )
    return len(extents)


def _is_extent(extent: object) -> bool:
    # Zarr reads `true` as 1.
    return isinstance(extent, int) and 0 <= extent <= MAX_EXTENT


def wrong(name: str, reason: str) -> DocumentError:
    """The error for one member of a document."""
    return DocumentError(f"the metadata document is not valid: `{name}` {reason}")


def shown(value: object) -> str:
    """A value as JSON, shortened for a message."""
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
