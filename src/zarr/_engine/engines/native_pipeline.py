"""The codec pipeline that zarr made for an array, and where it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr._engine.engines.names import NATIVE

if TYPE_CHECKING:
    from zarr.abc.codec import CodecPipeline


PIPELINE: Final = "codec_pipeline"
"""The attribute of an array; upstream sets it on each."""


HELD: Final = "_native_pipeline"
"""The attribute with the pipeline that zarr made for an array with an engine."""


def place_pipeline(array: Any) -> None:
    """Store the pipeline that zarr made for a new `AsyncArray` where its engine needs it."""
    members = array.__dict__
    old, new = (HELD, PIPELINE) if array.config.engine == NATIVE else (PIPELINE, HELD)
    if old in members:
        members[new] = members.pop(old)


def native_pipeline(array: Any) -> CodecPipeline:
    """Return the pipeline that zarr made for an `AsyncArray`, whatever its engine."""
    members = array.__dict__
    pipeline: CodecPipeline = members[HELD] if HELD in members else members[PIPELINE]
    return pipeline
