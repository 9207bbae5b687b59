"""Shards after a transposition: zarr's metadata compares their subchunks with the wrong shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, replace
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.codec import Codec
    from zarr.codecs.sharding import ShardingCodec
    from zarr.core.metadata.v3 import ArrayV3Metadata, ChunkGridMetadata


def transposed_shards[F: Callable[..., None]](init: F) -> F:
    """Let the constructor of array metadata accept subchunks that divide the transposed shard.

    Only upstream's metadata compares them with the shard before its axes are transposed; its
    encoders and decoders use the transposed shape. This checks only what upstream refuses, and
    changes nothing that it accepts.
    """

    @wraps(init)
    def __init__(*args: Any, **members: Any) -> None:
        if isinstance(members.get("codecs"), Iterator):
            members["codecs"] = tuple(members["codecs"])
        try:
            init(*args, **members)
        except ValueError as refusal:
            codecs = None
            with suppress(TypeError, ValueError):
                codecs = _judged(members)
            if codecs is None:
                raise
            try:
                init(*args, **members | {"codecs": codecs})
            except ValueError:
                raise refusal from None
            _restore(args[0])

    return __init__  # type: ignore[return-value]


def _judged(members: dict[str, Any]) -> list[Codec] | None:
    """The codecs, with the sharding codec replaced by one that checks the transposed shape.

    `None` if no transposition precedes it, or if another codec does that may change shapes.
    """
    from zarr.codecs.sharding import ShardingCodec
    from zarr.codecs.transpose import TransposeCodec
    from zarr.core.metadata.v3 import parse_codecs
    from zarr.crud._document.shards import sharding_in

    codecs: list[Codec] = list(parse_codecs(members.get("codecs")))
    found = sharding_in(codecs)
    if found is None or type(found.codec) is not ShardingCodec:
        return None
    if not found.before or not all(type(codec) is TransposeCodec for codec in found.before):
        return None
    codecs[len(found.before)] = _as(_judge(found.axes), found.codec)
    return codecs


def _judge(axes: Callable[[int], tuple[int, ...]]) -> type[ShardingCodec]:
    from zarr.codecs.sharding import ShardingCodec

    class Judge(ShardingCodec):
        """Compares its subchunks with the chunks of a grid whose axes are transposed."""

        def validate(
            self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: ChunkGridMetadata
        ) -> None:
            given = _transposed(chunk_grid, axes(len(shape)))
            super().validate(shape=shape, dtype=dtype, chunk_grid=given)

    return Judge


def _transposed(grid: ChunkGridMetadata, axes: tuple[int, ...]) -> ChunkGridMetadata:
    from zarr.core.metadata.v3 import RegularChunkGridMetadata

    if isinstance(grid, RegularChunkGridMetadata):
        return replace(grid, chunk_shape=tuple(grid.chunk_shape[axis] for axis in axes))
    return replace(grid, chunk_shapes=tuple(grid.chunk_shapes[axis] for axis in axes))


def _restore(metadata: ArrayV3Metadata) -> None:
    """Restore zarr's own codec, as evolved by the metadata."""
    from zarr.codecs.sharding import ShardingCodec

    codecs: Iterable[Codec] = metadata.codecs
    own = tuple(
        _as(ShardingCodec, codec) if isinstance(codec, ShardingCodec) else codec for codec in codecs
    )
    object.__setattr__(metadata, "codecs", own)


def _as(made: type[ShardingCodec], codec: ShardingCodec) -> ShardingCodec:
    settings: dict[str, Any] = {field.name: getattr(codec, field.name) for field in fields(codec)}
    return made(**settings)
