"""Single chunks encoded and decoded in memory by a backend's codecs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zarr.crud._document.cache import as_document
from zarr.crud._elements.values import as_chunk
from zarr.crud._stores.location import Location
from zarr.crud.backends import dispatch
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer
    from zarr.crud._document.document import Document
    from zarr.crud._pipelines.chosen import Chosen


def single_chunk(document: Document, shape: tuple[int, ...]) -> Document:
    """Return the document of an array of one chunk, with the codecs of `document`."""
    members: dict[str, Any] = {**document, "shape": list(shape)}
    if members["zarr_format"] == 2:
        members["chunks"] = list(shape)
    else:
        grid = {"name": "regular", "configuration": {"chunk_shape": list(shape)}}
        members["chunk_grid"] = grid
    return as_document(members)


def decode_chunk(chosen: Chosen, document: Document, data: Buffer, spec: ArraySpec) -> NDBuffer:
    """Decode the stored bytes of one chunk."""
    index, key = _place(document)
    location = Location(MemoryStore({key: data}), "")
    found = dispatch.read_chunk(
        chosen.backend, document, location, index, None, chosen.options, detached=True
    )
    return spec.prototype.nd_buffer.from_numpy_array(found)


def encode_chunk(
    chosen: Chosen, document: Document, value: NDBuffer, spec: ArraySpec
) -> Buffer | None:
    """Encode one chunk."""
    index, key = _place(document)
    store = MemoryStore()
    array = as_chunk(value.as_numpy_array(), document, index)
    # The caller decides whether an empty chunk is stored.
    options = replace(chosen.options, write_empty_chunks=True)
    dispatch.write_chunk(
        chosen.backend, document, Location(store, ""), index, array, options, detached=True
    )
    return store.get_sync(key, prototype=spec.prototype)


def _place(document: Document) -> tuple[tuple[int, ...], str]:
    index = (0,) * len(document.shape)
    return index, document.array.encode_chunk_key(index)
