"""The shards that the sharding codec of an array receives: their axes and shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zarr.codecs.numcodecs import PackBits
from zarr.codecs.sharding import ShardingCodec
from zarr.codecs.transpose import TransposeCodec
from zarr.core.metadata.v3 import ArrayV3Metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr.abc.codec import Codec
    from zarr.crud._document.document import ArrayMetadata


class Sharding(NamedTuple):
    """A sharding codec and the codecs before it."""

    before: tuple[Codec, ...]
    codec: ShardingCodec

    def axes(self, rank: int) -> tuple[int, ...]:
        """The array's axes, in the order in which the sharding codec receives them."""
        order: Sequence[int] = range(rank)
        for codec in self.before:
            if isinstance(codec, TransposeCodec):
                order = [order[axis] for axis in codec.order]
        return tuple(order)


def sharding_in(codecs: Iterable[Codec]) -> Sharding | None:
    """Return the sharding codec among the codecs of a chunk, if there is one."""
    before: list[Codec] = []
    for codec in codecs:
        if isinstance(codec, ShardingCodec):
            return Sharding(tuple(before), codec)
        before.append(codec)
    return None


def sharding_of(metadata: ArrayMetadata) -> Sharding | None:
    """Return the sharding codec of an array, if it has one."""
    return sharding_in(metadata.codecs) if isinstance(metadata, ArrayV3Metadata) else None


def subchunk_shape(metadata: ArrayMetadata) -> tuple[int, ...] | None:
    """Return the shape of the array's subchunks, in the array's own order of axes.

    `None` for an array without shards, or whose shards have other axes than the array.
    """
    found = sharding_of(metadata)
    if found is None or any(isinstance(codec, PackBits) for codec in found.before):
        return None
    rank = len(metadata.shape)
    extents = dict(zip(found.axes(rank), found.codec.chunk_shape, strict=True))
    return tuple(extents[axis] for axis in range(rank))
