"""The codec pipeline over the engine `"zarrs"`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from zarr.codecs._v2 import V2Codec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer import default_buffer_prototype
from zarr.core.codec_pipeline import BatchedCodecPipeline
from zarr.core.config import config
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._document.cache import as_document
from zarr.crud._errors import DocumentError, store_name
from zarr.crud._pipelines.pipeline import BackendPipeline
from zarr.crud._selection.chunk_grid import extents_of
from zarr.crud._stores.directories import directory_of
from zarr.crud._stores.location import Location
from zarr.zarrs._direct_io import NoDirectIOError
from zarr.zarrs._pipeline.errors import UnsupportedMetadataError
from zarr.zarrs._pipeline.left import leave
from zarr.zarrs._pipeline.plans import ArrayPlans, engine
from zarr.zarrs._pipeline.quick import quick_reads
from zarr.zarrs._pipeline.settings import configured
from zarr.zarrs._registered import register

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.codec import Codec, CodecPipeline, GetResult
    from zarr.abc.store import Store
    from zarr.core.buffer import NDBuffer
    from zarr.core.metadata import ArrayMetadata
    from zarr.crud._pipelines.projections import Projection
    from zarr.zarrs._pipeline.quick import QuickReads

NO_DIRECT_IO: Final = (
    "codec_pipeline.direct_io is set, and the system or the file system of the array has no direct "
    "I/O (O_DIRECT)"
)


class ZarrsCodecPipeline(BackendPipeline):
    """The codec pipeline over the engine `"zarrs"`, for arrays that zarr opens by itself.

    Zarr makes one for each array that is opened while `codec_pipeline.path` names this class. It
    serves all five kinds of indexing, each with one call of the engine. What the engine does not
    serve goes to zarr's own `BatchedCodecPipeline`, and the logger `zarr.zarrs` says so, once for
    each array and reason; with `codec_pipeline.strict` it is an error instead.

    Parameters
    ----------
    metadata : ArrayMetadata
        The metadata of the array.
    store : Store
        The store of the array.
    native : CodecPipeline
        Zarr's own pipeline for the array.

    Notes
    -----
    The configuration is read when the pipeline is made: `threading.max_workers`,
    `codec_pipeline.chunk_concurrent_minimum` and `chunk_concurrent_maximum`,
    `codec_pipeline.validate_checksums`, `codec_pipeline.direct_io` and `codec_pipeline.strict`. A
    pickle has none of it: the pipeline gets the values of the time at which it is unpickled.
    `array.write_empty_chunks` and `array.read_missing_chunks` are settings of the array.

    Examples
    --------
    >>> import zarr
    >>> with zarr.config.set({"codec_pipeline.path": "zarr.zarrs.ZarrsCodecPipeline"}):
    ...     array = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2")
    >>> array[2:4, 1] = 8, 9
    >>> array[1:5, 1]
    array([0, 8, 9, 0], dtype=int16)
    >>> array.async_array.codec_pipeline
    <ZarrsCodecPipeline>
    """

    metadata: ArrayMetadata
    store: Store

    def __init__(self, metadata: ArrayMetadata, store: Store, native: CodecPipeline) -> None:
        self.metadata = metadata
        self.store = store
        self._native = native
        self._settings = configured()
        self._path = ""
        self._quick: QuickReads | None = None

    @classmethod
    def from_codecs(cls, codecs: Iterable[Codec]) -> Any:
        """Return zarr's own pipeline: codecs alone do not identify their array."""
        return BatchedCodecPipeline.from_codecs(codecs)

    @classmethod
    def from_array_metadata_and_store(
        cls, array_metadata: ArrayMetadata, store: Store
    ) -> ZarrsCodecPipeline:
        """Make the pipeline of an array."""
        return cls(array_metadata, store, _native(array_metadata))

    def __repr__(self) -> str:
        return "<ZarrsCodecPipeline>"

    def __getstate__(self) -> dict[str, Any]:
        return {"metadata": self.metadata, "store": self.store, "native": self._native}

    def __setstate__(self, state: dict[str, Any]) -> None:
        native: Any = state["native"]
        native = replace(native, batch_size=config.get("codec_pipeline.batch_size"))
        self.__init__(state["metadata"], state["store"], native)  # type: ignore[misc]

    def _plans(self) -> ArrayPlans | None:
        location = Location(self.store, self._path)
        if self._settings.direct_io and directory_of(self.store) is None:
            name = store_name(self.store)
            self._use_page_cache(f"codec_pipeline.direct_io is set, and {name} is no LocalStore")
        settings = self._settings
        try:
            document = as_document(self.metadata)
        except DocumentError as err:
            # Zarr makes metadata objects that no document may describe.
            leave(UnsupportedMetadataError(str(err)), location, str(err), strict=settings.strict)
            return None
        return ArrayPlans(document, location, settings)

    async def read(
        self, batch_info: Iterable[Projection], out: NDBuffer, drop_axes: tuple[int, ...] = ()
    ) -> tuple[GetResult, ...]:
        """Read parts of chunks into `out`; see `CodecPipeline.read`."""
        batch = list(batch_info)
        try:
            return await self._read(batch, out, drop_axes)
        except NoDirectIOError:
            self._use_page_cache(NO_DIRECT_IO)
        return await self._read(batch, out, drop_axes)

    async def write(
        self, batch_info: Iterable[Projection], value: NDBuffer, drop_axes: tuple[int, ...] = ()
    ) -> None:
        """Write parts of `value` to parts of chunks; see `CodecPipeline.write`."""
        batch = list(batch_info)
        try:
            await super().write(batch, value, drop_axes)
        except NoDirectIOError:
            self._use_page_cache(NO_DIRECT_IO)
            # To write a chunk once more does no harm.
            await super().write(batch, value, drop_axes)

    async def _read(
        self, batch: list[Projection], out: NDBuffer, drop_axes: tuple[int, ...]
    ) -> tuple[GetResult, ...]:
        quick = self._quick
        if quick is not None and len(batch) == 1 and not drop_axes:
            found = await quick.read(batch[0], out)
            if found is not None:
                return (found,)
        return await super().read(batch, out, drop_axes)

    def _use_page_cache(self, reason: str) -> None:
        """Give direct I/O up for this array, and say so; raise an error in strict mode."""
        leave(
            UnsupportedMetadataError(reason),
            Location(self.store, self._path),
            reason,
            strict=self._settings.strict,
            instead="the page cache is used",
        )
        self._settings, self._quick = replace(self._settings, direct_io=False), None

    def _found(self, path: str) -> None:
        # The engine has served a call, and will serve others.
        if self._quick is None or self._path != path:
            document, location = as_document(self.metadata), Location(self.store, path)
            options = self._settings.options(document, write_empty_chunks=False)
            self._quick = quick_reads(engine(), document, location, options)
        self._path = path


def _native(metadata: ArrayMetadata) -> CodecPipeline:
    """Return the pipeline that zarr makes for an array by default."""
    codecs: Iterable[Codec]
    if isinstance(metadata, ArrayV2Metadata):
        codecs = [V2Codec(filters=metadata.filters, compressor=metadata.compressor)]
        order = {"order": metadata.order}
    else:
        codecs, order = metadata.codecs, {}
    extents = extents_of(metadata)
    spec = ArraySpec(
        # Codecs are the same for all shapes of chunks.
        shape=tuple(extent if isinstance(extent, int) else 1 for extent in extents),
        dtype=metadata.dtype,
        fill_value=metadata.fill_value,
        config=ArrayConfig.from_dict(order),  # type: ignore[arg-type]
        prototype=default_buffer_prototype(),
    )
    return BatchedCodecPipeline.from_codecs(codecs).evolve_from_array_spec(spec)


ZarrsCodecPipeline.__module__ = "zarr.zarrs"
register(ZarrsCodecPipeline)
