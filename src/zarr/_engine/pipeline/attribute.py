"""The codec pipeline of arrays: zarr's own, or that of the array's engine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self, overload

from zarr._engine.engines.native_pipeline import HELD, PIPELINE, native_pipeline

if TYPE_CHECKING:
    from zarr.abc.codec import CodecPipeline


class ArrayPipeline:
    """The class attribute `codec_pipeline`, for arrays without an instance attribute of that name.

    Each access makes a pipeline from the array's current metadata.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> CodecPipeline: ...

    def __get__(self, instance: Any, owner: type) -> Self | CodecPipeline:
        """Return the pipeline of an array's engine."""
        if instance is None:
            return self
        if HELD not in instance.__dict__:
            raise AttributeError(f"{owner.__name__!r} object has no attribute {PIPELINE!r}")
        # Imported at the first use of an engine.
        from zarr._engine.engines.counts import count
        from zarr._engine.pipeline.pipeline import EnginePipeline
        from zarr.crud._stores.location import Location

        place = instance.store_path
        return EnginePipeline(
            native_pipeline(instance),
            instance.metadata,
            instance.config.engine,
            Location(place.store, place.path),
            partial(count, instance),
        )
