"""Why no chunk of an array can be encoded, told from its document alone."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec
from zarr.codecs.bytes import BytesCodec
from zarr.codecs.numcodecs._codecs import _NumcodecsCodec
from zarr.codecs.sharding import ShardingCodec
from zarr.codecs.transpose import TransposeCodec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import RegularChunkGridMetadata
from zarr.crud._encoder_trials import tried
from zarr.crud._encoders import config_of, refused, refused_pcodec, refused_vlen, size_after
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.errors import UnknownCodecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr.abc.codec import Codec
    from zarr.abc.numcodec import Numcodec
    from zarr.crud._document import Document

TYPED: Final = frozenset(
    {"astype", "bitround", "categorize", "delta", "fixedscaleoffset", "packbits", "quantize"}
)
"""Codecs of numcodecs from elements to elements."""

PCODEC: Final = "pcodec"
BYTES: Final = np.dtype("u1")
VLEN: Final = frozenset({"vlen-bytes", "vlen-utf8"})


class _Found(NamedTuple):
    """Why codecs cannot encode, or how many bytes they make, where that is known."""

    reason: str | None
    size: int | None = None
    misread: str | None = None
    """Why what a codec makes of elements cannot be read, unless something else tells what it is."""
    flat: str | None = None
    """Why no codec after it finds the axes of the chunk."""


def refused_write(document: Document) -> str | None:
    """Return why no engine encodes the chunks of an array; see `Document.derive`.

    A codec is given a chunk, or what the codec before it makes of that; within a shard, a
    subchunk. What only the data tell is left to the encoders.
    """
    metadata, shape = document.array, document.chunk_grid.largest
    if isinstance(metadata, ArrayV2Metadata):
        compressor = (metadata.compressor,) if metadata.compressor else ()
        return _format2((*(metadata.filters or ()), *compressor), math.prod(shape), document.dtype)
    config = ArrayConfig("C", write_empty_chunks=False)
    spec = ArraySpec(shape, metadata.dtype, metadata.fill_value, config, buffer_prototype)
    return _format3(metadata.codecs, spec).reason


def refused_size(document: Document) -> str | None:
    """Return why no chunk of an array is read or written with default options."""
    budget = DEFAULT_OPTIONS.decoded_size_budget
    if document.chunk_nbytes <= budget:
        return None
    return f"one chunk takes {document.chunk_nbytes} bytes, above the budget of {budget} bytes"


def _format2(codecs: Sequence[Numcodec], count: int, dtype: np.dtype[Any]) -> str | None:
    size: int | None = count * dtype.itemsize
    elements: int | None = count
    given: np.dtype[Any] | None = dtype
    for codec in codecs:
        name, reason = codec.codec_id, None
        if not type(codec).__module__.startswith("numcodecs."):
            # Nobody knows what another's codec makes.
            elements = size = given = None
        elif name in VLEN:
            reason = refused_vlen(name, count)
            elements = size = given = None
        elif name in TYPED:
            trial = tried(codec, given, elements)
            reason = trial.reason or trial.lost_bytes
            elements, given = trial.elements, trial.dtype
            size = None if elements is None or given is None else elements * given.itemsize
        else:
            reason = refused(name, config_of(codec), size, elements)
            if name == PCODEC and given is not None:
                reason = reason or refused_pcodec(given)
            elements, size, given = None, size_after(name, size), BYTES
        if reason is not None:
            return reason
    return None


def _format3(codecs: Iterable[Codec], spec: ArraySpec) -> _Found:
    size: int | None = None
    misread: str | None = None
    flat: str | None = None
    for given in codecs:
        codec: Any = given.evolve_from_array_spec(spec)
        count = math.prod(spec.shape)
        reason: str | None = None
        if isinstance(codec, ShardingCodec):
            found = _shard(codec, spec)
            reason, size = flat or misread or found.reason, found.size
        elif isinstance(codec, _NumcodecsCodec):
            found = _numcodec(codec, spec, size)
            reason, size, misread = found.reason, found.size, misread or found.misread
            flat = flat or found.flat
        elif isinstance(codec, TransposeCodec):
            reason = flat
        elif isinstance(codec, BytesCodec):
            reason = misread
            size = count * spec.dtype.to_native_dtype().itemsize
        elif isinstance(codec, ArrayBytesCodec):
            reason = refused_vlen(str(codec.to_dict().get("name")), count)
        elif not type(codec).__module__.startswith("zarr.codecs."):
            # Nobody knows what another's codec makes.
            size = None
        elif not isinstance(codec, ArrayArrayCodec):
            member = codec.to_dict()
            name, config = member["name"], dict(member.get("configuration", {}))
            # A word here, which was looked at where it was parsed.
            config.pop("shuffle", None)
            reason = refused(name, config, size, None)
            size = size_after(name, size)
        if reason is not None:
            return _Found(reason)
        spec = codec.resolve_metadata(spec) if isinstance(codec, ArrayArrayCodec) else spec
    return _Found(None, size)


def _shard(codec: ShardingCodec, spec: ArraySpec) -> _Found:
    inner = replace(spec, shape=codec.chunk_shape)
    invalid = _invalid(codec.codecs, inner)
    if invalid is not None:
        return _Found(invalid)
    found = _format3(codec.codecs, inner)
    reason, size = found.reason, found.size
    if size is None:
        return _Found(reason)
    count = math.prod(spec.shape) // math.prod(codec.chunk_shape)
    return _Found(reason, count * (size + 16) + 4 * (len(codec.index_codecs) - 1))


def _invalid(codecs: Iterable[Codec], spec: ArraySpec) -> str | None:
    """Why codecs do not suit elements; zarr's metadata ask only those that are in no shard."""
    for codec in codecs:
        if isinstance(codec, ArrayArrayCodec):
            grid = RegularChunkGridMetadata(chunk_shape=spec.shape)
            try:
                codec.validate(shape=spec.shape, dtype=spec.dtype, chunk_grid=grid)
            except (TypeError, ValueError) as err:
                return f"codec {codec.to_dict()['name']!r} in shards: {err}"
            spec = codec.resolve_metadata(spec)
    return None


def _numcodec(codec: Any, spec: ArraySpec, size: int | None) -> _Found:
    count = math.prod(spec.shape)
    try:
        made: Numcodec = codec._codec
    except (UnknownCodecError, ImportError):
        # Without its package an engine says so, or does not need it.
        config = codec.codec_config
        return _Found(refused(str(config["id"]), config, size, count))
    except (TypeError, ValueError) as err:
        return _Found(f"codec {codec.codec_name!r} does not work: {err}")
    name = made.codec_id
    if not type(made).__module__.startswith("numcodecs."):
        return _Found(None)
    if isinstance(codec, ArrayArrayCodec):
        trial = tried(made, spec.dtype.to_native_dtype(), count)
        after = codec.resolve_metadata(spec)
        reason = trial.reason or trial.lost_elements
        flat = f"codec {name!r} makes arrays of one axis, and a codec after it needs them all"
        is_flat = trial.is_flat and len(spec.shape) > 1
        return _Found(reason, misread=trial.other_size(after), flat=flat if is_flat else None)
    elements = count if isinstance(codec, ArrayBytesCodec) else None
    reason = refused(name, config_of(made), size, elements)
    if name == PCODEC:
        reason = reason or refused_pcodec(spec.dtype.to_native_dtype().newbyteorder("="))
    return _Found(reason, size_after(name, size))
