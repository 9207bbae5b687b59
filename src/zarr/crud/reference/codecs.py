"""The codecs of one document, run on the calling thread by zarr's own pipeline."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.codecs._v2 import V2Codec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import NDBuffer
from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.core.codec_pipeline import FusedCodecPipeline, codecs_from_list_unchecked
from zarr.core.config import config
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._bounded_cache import BoundedCache
from zarr.crud._elements.emptiness import without_empty_chunks
from zarr.crud._encoding.checksums import without_checksums

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from zarr.abc.codec import Codec
    from zarr.core.buffer import Buffer
    from zarr.core.common import MemoryOrder
    from zarr.crud._document.document import ArrayMetadata, Document
    from zarr.crud._options import Options
    from zarr.crud._selection.chunk_parts import Index
    from zarr.crud._stores.chunk import StoredChunk

type CodecsOfShape = Callable[[tuple[int, ...]], Codecs]

WHOLE: Final = (...,)
"""The index of an array of rank 0; with `()`, an array of one object would become the object."""


MOST_SHAPES: Final = 256
"""The most chunk shapes of one document for which codecs are cached."""


class Codecs(NamedTuple):
    """The codecs for the chunks of one document that have one shape."""

    pipeline: FusedCodecPipeline
    writing: FusedCodecPipeline
    """The same, but it encodes chunks of only the fill value to nothing."""
    spec: ArraySpec

    def read(
        self,
        chunk: StoredChunk,
        chunk_selection: Index,
        target: npt.NDArray[Any],
        out_selection: Index,
    ) -> bool:
        """Decode a part of a chunk into a part of `target`; return whether the chunk is stored.

        A chunk that is not stored reads as the fill value.
        """
        # Zarr types a getter as asynchronous; `read_sync` calls `get_sync` only.
        item: Any = (chunk, self.spec, chunk_selection, out_selection or WHOLE, False)
        (result,) = chunk.decode(
            lambda: self.pipeline.read_sync([item], NDBuffer.from_numpy_array(target))
        )
        return result["status"] == "present"

    def write(
        self,
        chunk: StoredChunk,
        chunk_selection: tuple[slice, ...],
        value: npt.NDArray[Any],
        out_selection: Index,
        *,
        covered: bool,
    ) -> None:
        """Replace a chunk by one that includes part of `value`; unless covered, read it first."""
        item: Any = (chunk, self.spec, chunk_selection or WHOLE, out_selection, covered)
        chunk.encode_empty = self.fill_chunk
        with chunk.decoding():
            self.writing.write_sync([item], NDBuffer.from_numpy_array(value))

    def fill_chunk(self) -> Buffer:
        """Encode a chunk of only the fill value."""
        transform, spec = self.pipeline.sync_transform, self.spec
        fill = spec.dtype.default_scalar() if spec.fill_value is None else spec.fill_value
        dtype = spec.dtype.to_native_dtype()
        encoded = None
        if transform is not None:
            array = NDBuffer.create(shape=spec.shape, dtype=dtype, fill_value=fill)
            encoded = transform.encode_chunk(array, spec)
        if encoded is None:
            raise RuntimeError("the codecs encode a chunk of the fill value to nothing")
        return encoded

    @property
    def decoded_size(self) -> int | None:
        """The bytes of a decoded chunk; `None` if they depend on the elements."""
        dtype = self.spec.dtype.to_native_dtype()
        varies = dtype.hasobject or dtype.kind == "T"
        return None if varies else math.prod(self.spec.shape) * dtype.itemsize

    def keeping_empty_chunks(self) -> Codecs:
        """The same codecs, but chunks of only the fill value are stored."""
        return self._replace(writing=self.pipeline)


def codecs_for(document: Document, options: Options) -> CodecsOfShape:
    """Return a function that gives the codecs for a chunk shape, according to the options."""
    made = document.derive(codecs_of if options.validate_checksums else _unverified_codecs_of)
    if options.write_empty_chunks:
        return lambda chunk_shape: made(chunk_shape).keeping_empty_chunks()
    return made


def codecs_of(document: Document) -> CodecsOfShape:
    """Return a function that gives the codecs for a chunk shape; see `Document.derive`."""
    return _made(document, _chain(document.array))


def _unverified_codecs_of(document: Document) -> CodecsOfShape:
    return _made(document, without_checksums(_chain(document.array)))


def _chain(metadata: ArrayMetadata) -> list[Codec]:
    if isinstance(metadata, ArrayV2Metadata):
        return [V2Codec(metadata.filters, metadata.compressor)]
    return list(metadata.codecs)


def _made(document: Document, codecs: list[Codec]) -> CodecsOfShape:
    metadata = document.array
    # Not the metadata itself: derived objects must not keep it alive.
    dtype, fill_value = metadata.dtype, document.fill_value
    order: MemoryOrder = metadata.order if isinstance(metadata, ArrayV2Metadata) else "C"

    def made(chunk_shape: tuple[int, ...]) -> Codecs:
        # Everything that the codecs return is stored: one of them detects empty chunks.
        config = ArrayConfig(order, write_empty_chunks=True)
        spec = ArraySpec(chunk_shape, dtype, fill_value, config, cpu_buffer_prototype)
        return Codecs(
            pipeline.evolve_from_array_spec(spec), writing.evolve_from_array_spec(spec), spec
        )

    pipeline = _quiet_pipeline(tuple(codecs))
    writing = _quiet_pipeline(tuple(without_empty_chunks(codecs)))
    # Bounded: a rectilinear grid can have as many shapes as chunks.
    return BoundedCache(made, most=MOST_SHAPES)


def _quiet_pipeline(codecs: tuple[Codec, ...]) -> FusedCodecPipeline:
    # Not `from_codecs`: its warnings were given when the array was created or opened.
    arrays, serializer, stages = codecs_from_list_unchecked(codecs)
    return FusedCodecPipeline(
        codecs=codecs,
        array_array_codecs=arrays,
        array_bytes_codec=serializer,
        bytes_bytes_codecs=stages,
        sync_transform=None,
        batch_size=config.get("codec_pipeline.batch_size"),
    )
