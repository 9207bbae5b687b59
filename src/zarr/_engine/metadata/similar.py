"""Arrays whose documents differ only in lengths and names of dimensions share all other parts.

The variables of a data set are often like this. Whatever is unusual in what differs is left to
zarr, which refuses it, warns of it, or reads something else.
"""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any, Final

from zarr.core.metadata.v3 import RegularChunkGridMetadata

if TYPE_CHECKING:
    from zarr.core.metadata.v2 import ArrayV2Metadata
    from zarr.core.metadata.v3 import ArrayV3Metadata

OWN: Final = {
    2: frozenset(("attributes", "shape", "chunks")),
    3: frozenset(("attributes", "shape", "chunk_grid", "dimension_names")),
}
"""The members of a document that may differ among similar ones, by its format."""

SHARDED: Final = "sharding_indexed"


def key_of_similar(members: dict[str, Any]) -> bytes | None:
    """Return bytes that the documents of similar arrays have in common; `None` if there are none.

    Similar arrays have the same number of dimensions, and sharded ones have equal chunks, because
    zarr compares them with the subchunks.
    """
    zarr_format, shape = members.get("zarr_format"), members.get("shape")
    own = OWN.get(zarr_format) if type(zarr_format) is int else None
    if own is None or type(shape) is not list:
        return None
    common = {name: value for name, value in members.items() if name not in own}
    try:
        key = marshal.dumps((len(shape), common), 2)
        if SHARDED.encode() in key:
            key += marshal.dumps(members.get("chunk_grid"), 2)
    except ValueError:
        return None
    return key


def similar_metadata(
    known: ArrayV2Metadata | ArrayV3Metadata, members: dict[str, Any]
) -> ArrayV2Metadata | ArrayV3Metadata | None:
    """Return metadata without attributes for a document that is similar to a known one.

    `None` if zarr has to read the document.
    """
    own = _own_parts_2(members) if known.zarr_format == 2 else _own_parts_3(members)
    if own is None:
        return None
    metadata: ArrayV2Metadata | ArrayV3Metadata = object.__new__(type(known))
    metadata.__dict__.update(known.__dict__)
    metadata.__dict__.update(own)
    return metadata


def _own_parts_2(members: dict[str, Any]) -> dict[str, Any] | None:
    shape, chunks = _lengths(members.get("shape"), 0), _lengths(members.get("chunks"), 1)
    if shape is None or chunks is None or len(shape) != len(chunks):
        return None
    return {"shape": shape, "chunks": chunks}


def _own_parts_3(members: dict[str, Any]) -> dict[str, Any] | None:
    grid, names = members.get("chunk_grid"), members.get("dimension_names")
    if not isinstance(grid, dict) or grid.keys() != {"name", "configuration"}:
        return None
    configuration = grid["configuration"]
    if not isinstance(configuration, dict) or configuration.keys() != {"chunk_shape"}:
        return None
    shape, chunks = _lengths(members.get("shape"), 0), _lengths(configuration["chunk_shape"], 1)
    if grid["name"] != "regular" or shape is None or chunks is None or len(shape) != len(chunks):
        return None
    if names is not None and not _are_names(names, len(shape)):
        return None
    return {
        "shape": shape,
        "chunk_grid": RegularChunkGridMetadata(chunk_shape=chunks),
        "dimension_names": None if names is None else tuple(names),
    }


def _lengths(given: object, least: int) -> tuple[int, ...] | None:
    """Return lengths of dimensions; `None` for what zarr may refuse or repair."""
    if type(given) is not list or not all(type(one) is int and one >= least for one in given):
        return None
    return tuple(given)


def _are_names(given: object, count: int) -> bool:
    return (
        type(given) is list
        and len(given) == count
        and all(name is None or type(name) is str for name in given)
    )
