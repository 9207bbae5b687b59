"""The codec pipeline of arrays: zarr's own, or that of the engine where an array has one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self, overload

from zarr._engine._info import count
from zarr._engine._names import NATIVE

if TYPE_CHECKING:
    from zarr.abc.codec import CodecPipeline

PIPELINE: Final = "codec_pipeline"
"""The attribute of an array; upstream sets it on each."""

HELD: Final = "_native_pipeline"
"""Where an array with an engine keeps the pipeline that zarr made for it."""


class ArrayPipeline:
    """The attribute `codec_pipeline` of the class: what arrays have that hold none of that name.

    It is made where it is asked for, from the metadata that the array has then.
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
        from zarr._engine._pipeline import EnginePipeline
        from zarr.crud._store import Location

        place = instance.store_path
        return EnginePipeline(
            native_pipeline(instance),
            instance.metadata,
            instance.config.engine,
            Location(place.store, place.path),
            partial(count, instance),
        )


def place_pipeline(array: Any) -> None:
    """Put the pipeline that zarr made for a new `AsyncArray` where its engine wants it."""
    members = array.__dict__
    old, new = (HELD, PIPELINE) if array.config.engine == NATIVE else (PIPELINE, HELD)
    if old in members:
        members[new] = members.pop(old)


def native_pipeline(array: Any) -> CodecPipeline:
    """Return the pipeline that zarr made for an `AsyncArray`, whatever its engine."""
    members = array.__dict__
    pipeline: CodecPipeline = members[HELD] if HELD in members else members[PIPELINE]
    return pipeline
