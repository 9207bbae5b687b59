"""Why the codecs of format 3 cannot encode, including those inside shards."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec
from zarr.codecs.bytes import BytesCodec
from zarr.codecs.numcodecs._codecs import _NumcodecsCodec
from zarr.codecs.sharding import ShardingCodec
from zarr.codecs.transpose import TransposeCodec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.dtype import get_data_type_from_json
from zarr.core.metadata.v3 import RegularChunkGridMetadata
from zarr.crud._encoding.codec_walk import COMPUTING, Walk, refused_computing, refused_numcodec
from zarr.crud._encoding.encoded_sizes import ANY, exactly, shards_of, size_after
from zarr.crud._encoding.encoders import Unwritable, refused, refused_vlen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.codec import Codec
    from zarr.core.metadata.v3 import ArrayV3Metadata
    from zarr.crud._encoding.encoded_sizes import Sizes


def unwritable_codecs(
    metadata: ArrayV3Metadata, shape: tuple[int, ...], count: Sizes
) -> Unwritable | None:
    """Return why they cannot encode chunks up to `shape`; `None` if they can."""
    # Use the document's data type: it has no byte order, but the array object may have one.
    dtype: Any = get_data_type_from_json(metadata.dtype.to_json(zarr_format=3), zarr_format=3)
    config = ArrayConfig("C", write_empty_chunks=False)
    spec = ArraySpec(shape, dtype, metadata.fill_value, config, buffer_prototype)
    live = metadata.dtype.to_native_dtype()
    return _refused(metadata.codecs, Walk(spec, live, count, dtype.to_native_dtype()))


def _refused(codecs: Iterable[Codec], walk: Walk) -> Unwritable | None:
    for one in codecs:
        codec: Any = one.evolve_from_array_spec(walk.spec)
        found = _step(codec, walk)
        if found is not None:
            return found
        if isinstance(codec, ArrayArrayCodec):
            walk.spec = codec.resolve_metadata(walk.spec)
    return None


def _step(codec: Any, walk: Walk) -> Unwritable | None:
    """Pass one codec; return why it cannot encode, or why its output cannot be read."""
    reason: str | None = None
    if isinstance(codec, ShardingCodec):
        return walk.flat or walk.misread or _shard(codec, walk)
    if isinstance(codec, _NumcodecsCodec):
        return refused_numcodec(codec, walk)
    if isinstance(codec, TransposeCodec):
        return walk.flat
    if isinstance(codec, COMPUTING):
        return refused_computing(codec, walk)
    if isinstance(codec, BytesCodec):
        walk.size = walk.count.times(exactly(walk.dtype.itemsize))
        return walk.misread
    if isinstance(codec, ArrayBytesCodec):
        reason = refused_vlen(str(codec.to_dict().get("name")), walk.count.largest)
        walk.size = ANY if _is_zarrs(codec) else None
    elif not _is_zarrs(codec):
        # The output of an unknown codec is unknown.
        walk.pass_unknown(codec)
    elif not isinstance(codec, ArrayArrayCodec):
        member = codec.to_dict()
        name, config = member["name"], dict(member.get("configuration", {}))
        # It is a word here, and was checked by the parser.
        config.pop("shuffle", None)
        reason = refused(name, config, walk.size, None)
        walk.size = size_after(name, walk.size)
    return None if reason is None else Unwritable(reason)


def _is_zarrs(codec: Codec) -> bool:
    return type(codec).__module__.startswith("zarr.codecs.")


def _shard(codec: ShardingCodec, walk: Walk) -> Unwritable | None:
    inner = replace(walk.spec, shape=codec.chunk_shape)
    invalid = _invalid(codec.codecs, inner)
    if invalid is not None:
        return invalid
    number = math.prod(codec.chunk_shape)
    subchunk = Walk(inner, walk.live, exactly(number), walk.dtype)
    found = _refused(codec.codecs, subchunk)
    if subchunk.size is not None:
        count = walk.count.regrouped(1, number)
        walk.size = shards_of(subchunk.size, count, len(codec.index_codecs) - 1)
    return found


def _invalid(codecs: Iterable[Codec], spec: ArraySpec) -> Unwritable | None:
    """Why codecs do not suit the elements; zarr's metadata checks only those outside of shards."""
    for codec in codecs:
        if isinstance(codec, ArrayArrayCodec):
            grid = RegularChunkGridMetadata(chunk_shape=spec.shape)
            try:
                codec.validate(shape=spec.shape, dtype=spec.dtype, chunk_grid=grid)
            except (TypeError, ValueError) as err:
                reason = f"codec {codec.to_dict()['name']!r} in shards: {err}"
                return Unwritable(reason, loses=True)
            spec = codec.resolve_metadata(spec)
    return None
