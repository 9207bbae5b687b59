"""The smallest encoded pieces of an array: its subchunks, or chunks where there are no shards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.codecs import ShardingCodec, TransposeCodec
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._archives.shard_index import form_of
from zarr.crud._document.cache import as_document
from zarr.crud._document.shards import sharding_of, subchunk_shape
from zarr.crud._errors import UnsupportedError
from zarr.crud._repack.formats import as_format3

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarr.crud._document.document import Document

CRC32C = '{"name": "crc32c"}'


class PieceForm(NamedTuple):
    """What an array stores for each chunk or subchunk."""

    shape: tuple[int, ...]
    """Its shape in elements, in the array's own order of axes."""
    codecs: tuple[str, ...]
    """Its codecs, each as JSON in the spelling of format 3."""
    is_sharded: bool
    axes: tuple[int, ...]
    """The axes of the array in the order in which the index of a shard has them."""

    @property
    def core(self) -> tuple[str, ...]:
        """The codecs without checksums at the end."""
        return self.codecs[: len(self.codecs) - self.checksums]

    @property
    def checksums(self) -> int:
        """How many checksums (crc32c) are at the end of each piece."""
        count = 0
        while count < len(self.codecs) and self.codecs[-1 - count] == CRC32C:
            count += 1
        return count

    def own_order(self, index: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return an array over the grid of a shard's index in the array's own order of axes."""
        return index.transpose(np.argsort(self.axes)) if index.ndim else index

    def of_codec(self, index: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return an array over subchunks in the order of axes that the index of a shard has."""
        return index.transpose(self.axes) if index.ndim else index


def piece_form_of(document: Document) -> PieceForm | str:
    """Return the smallest pieces of an array; a text says why it has none that can be moved."""
    try:
        document = in_format3(document)
        return document.derive(_piece_form)
    except UnsupportedError as err:
        return str(err)


def in_format3(document: Document) -> Document:
    """Return the document of format 3 that describes the same stored chunks."""
    if not isinstance(document.array, ArrayV2Metadata):
        return document
    return as_document(as_format3(document))


def _piece_form(document: Document) -> PieceForm | str:
    metadata: Any = document.array
    found = sharding_of(metadata)
    rank = len(document.shape)
    if found is None:
        shape = document.chunk_shape
        if shape is None:
            return "the chunks differ in shape"
        return PieceForm(shape, spelled(metadata.codecs), False, tuple(range(rank)))
    if not all(isinstance(codec, TransposeCodec) for codec in found.before):
        return "a codec before the shards changes their elements"
    form_of(document)
    shape = subchunk_shape(metadata)
    if shape is None:
        return "the shards have other axes than the array"
    codecs = spelled([*found.before, *found.codec.codecs])
    return PieceForm(shape, codecs, True, found.axes(rank))


def spelled(codecs: Iterable[Any]) -> tuple[str, ...]:
    """Return codecs as JSON, equal for equal codecs."""
    return tuple(json.dumps(_plain(codec.to_dict()), sort_keys=True) for codec in codecs)


def _plain(members: Any) -> Any:
    """Return a codec without what means nothing: an empty configuration."""
    if not members.get("configuration"):
        return {"name": members["name"]}
    return members


def without_shards(document: Document, shape: tuple[int, ...]) -> Document:
    """Return the document of an array of one piece that has the codecs of the pieces of another."""
    metadata: Any = document.array
    if isinstance(metadata, ArrayV2Metadata):
        return as_document({**document, "shape": list(shape), "chunks": list(shape)})
    codecs = [codec.to_dict() for codec in metadata.codecs]
    if isinstance(metadata.codecs[-1], ShardingCodec):
        codecs[-1:] = [codec.to_dict() for codec in metadata.codecs[-1].codecs]
    grid = {"name": "regular", "configuration": {"chunk_shape": list(shape)}}
    members: Any = {**document, "shape": list(shape), "chunk_grid": grid, "codecs": codecs}
    return as_document(members)
