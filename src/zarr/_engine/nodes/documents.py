"""Nodes from their stored documents, as zarr-python makes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from zarr._engine.metadata.opened_with import opened_with
from zarr._engine.metadata.templates import array_metadata
from zarr.core._json import buffer_to_json_object
from zarr.core.buffer import default_buffer_prototype
from zarr.crud._stores.in_flight import requests_in_flight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr._engine.engines.names import EngineLike
    from zarr._engine.nodes.requests import Requests
    from zarr.core.buffer import Buffer
    from zarr.storage import StorePath


class Stored(NamedTuple):
    """The stored documents of a node; `None` for absent ones."""

    zarr_json: Buffer | None = None
    zarray: Buffer | None = None
    zgroup: Buffer | None = None
    zattrs: Buffer | None = None


async def read_one(place: StorePath, zarr_format: int) -> Stored:
    """Return the documents of one node, with the requests that zarr makes."""
    if zarr_format == 3:
        return Stored(zarr_json=await _value(place, "zarr.json"))
    names = (".zarray", ".zgroup", ".zattrs")
    return Stored(None, *await asyncio.gather(*(_value(place, name) for name in names)))


async def _value(place: StorePath, name: str) -> Buffer | None:
    key = (place / name).path
    return await place.store.get(key, prototype=default_buffer_prototype())


async def read_each(
    requests: Requests, places: Sequence[StorePath], zarr_format: int
) -> list[Stored]:
    """Return the documents of nodes of one format, in one round trip if there are few."""
    if not places:
        return []
    if zarr_format == 3:
        return [Stored(zarr_json=found) for found in await _values(requests, places, "zarr.json")]
    names = [".zarray", ".zattrs", ".zgroup"]
    if len(places) * len(names) > requests_in_flight():
        # Most nodes are arrays: then fewer requests are worth another round trip.
        names.pop()
    found = await _values(requests, places, *names)
    count = len(places)
    zarrays, zattrs, zgroups = found[:count], found[count : 2 * count], found[2 * count :]
    if not zgroups:
        rest = [at for at, zarray in enumerate(zarrays) if zarray is None]
        late = await _values(requests, [places[at] for at in rest], ".zgroup")
        by_place = dict(zip(rest, late, strict=True))
        zgroups = [by_place.get(at) for at in range(count)]
    return [Stored(None, *documents) for documents in zip(zarrays, zgroups, zattrs, strict=True)]


async def _values(
    requests: Requests, places: Sequence[StorePath], *names: str
) -> list[Buffer | None]:
    return await requests.values([(place / name).path for name in names for place in places])


def node_of(place: StorePath, stored: Stored, zarr_format: int, engine: EngineLike) -> Any:
    """Return the `AsyncArray` or `AsyncGroup` with these documents.

    Raises
    ------
    FileNotFoundError
        There is no node.
    """
    from zarr.core.group import _build_node

    with opened_with(engine):
        read = _metadata_3 if zarr_format == 3 else _metadata_2
        return _build_node(store=place.store, path=place.path, metadata=read(place, stored))


def _metadata_3(place: StorePath, stored: Stored) -> Any:
    from zarr.core.group import _build_metadata_v3

    if stored.zarr_json is None:
        raise FileNotFoundError(place.path)
    document = buffer_to_json_object(stored.zarr_json)
    if document.get("node_type") == "array" and document.get("zarr_format") == 3:
        return array_metadata(document, str(place))
    return _build_metadata_v3(document, path=str(place))


def _metadata_2(place: StorePath, stored: Stored) -> Any:
    from zarr.core.group import _build_metadata_v2

    attributes: Any = {} if stored.zattrs is None else buffer_to_json_object(stored.zattrs)
    # If there are documents of both, the node is an array.
    found = stored.zgroup if stored.zarray is None else stored.zarray
    if found is None:
        raise FileNotFoundError(place.path)
    document = buffer_to_json_object(found)
    if "shape" in document and document.get("zarr_format") == 2:
        return array_metadata(document | {"attributes": attributes}, str(place))
    return _build_metadata_v2(document, attributes, path=str(place))
