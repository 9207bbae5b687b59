"""Checks that the chunks of an array fit its codecs."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, product
from math import gcd, prod
from typing import TYPE_CHECKING, Any, Final

from zarr.abc.codec import ArrayArrayCodec
from zarr.codecs.sharding import ShardingCodec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.core.metadata.v3 import ArrayV3Metadata, RegularChunkGridMetadata
from zarr.crud._document.checks import wrong

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr.abc.codec import Codec
    from zarr.crud._document.document import ArrayMetadata

MAX_SHAPES: Final = 4096
"""The most chunk shapes to check one by one, where their common divisors do not decide."""


def check_chunks(metadata: ArrayMetadata) -> None:
    """Refuse codecs that do not fit the array's chunks, or the subchunks of its shards.

    Zarr's own metadata objects allow some such arrays, and would silently lose their data: zarr
    compares subchunks with shards before these are transposed.

    Raises
    ------
    DocumentError
        A subchunk shape does not divide the shape of its shard.
    """
    if isinstance(metadata, ArrayV3Metadata):
        for shape in _shapes(metadata):
            _check(metadata.codecs, _spec(metadata, shape))


def _check(codecs: Iterable[Codec], spec: ArraySpec) -> None:
    for codec in codecs:
        if isinstance(codec, ShardingCodec):
            _check_division(codec.chunk_shape, spec.shape)
            _check(codec.codecs, replace(spec, shape=codec.chunk_shape))
        elif isinstance(codec, ArrayArrayCodec):
            spec = codec.resolve_metadata(spec)


def _check_division(subchunk: tuple[int, ...], shard: tuple[int, ...]) -> None:
    if len(subchunk) != len(shard) or any(n % c for n, c in zip(shard, subchunk, strict=True)):
        raise wrong(
            "codecs",
            f"has subchunks of shape {list(subchunk)} in 'sharding_indexed', which do not divide "
            f"the shape {list(shard)} that shards have after the codecs before it; "
            "use a `chunk_shape` that divides it",
        )


def _shapes(metadata: ArrayV3Metadata) -> Iterable[tuple[int, ...]]:
    """Shapes that represent those of all chunks: what divides these divides all."""
    grid = metadata.chunk_grid
    if isinstance(grid, RegularChunkGridMetadata):
        return [grid.chunk_shape]
    extents = [
        (axis,) if isinstance(axis, int) else sorted(set(axis)) for axis in grid.chunk_shapes
    ]
    divisors = tuple(gcd(*axis) for axis in extents)
    if _keeps_size(metadata, divisors):
        return [divisors]
    return _all_shapes(extents)


def _keeps_size(metadata: ArrayV3Metadata, shape: tuple[int, ...]) -> bool:
    spec = _spec(metadata, shape)
    for codec in metadata.codecs:
        if isinstance(codec, ArrayArrayCodec):
            spec = codec.resolve_metadata(spec)
    return prod(spec.shape) == prod(shape)


def _all_shapes(extents: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    shapes = list(islice(product(*extents), MAX_SHAPES + 1))
    if len(shapes) > MAX_SHAPES:
        raise wrong(
            "chunk_grid",
            f"has chunks of more than {MAX_SHAPES} shapes, and a codec that changes shapes",
        )
    return shapes


def _spec(metadata: ArrayV3Metadata, shape: tuple[int, ...]) -> ArraySpec:
    config: Any = ArrayConfig("C", write_empty_chunks=False)
    return ArraySpec(shape, metadata.dtype, metadata.fill_value, config, cpu_buffer_prototype)
