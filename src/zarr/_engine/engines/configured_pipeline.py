"""Configured codec pipelines, and which of them an engine may replace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.abc.codec import CodecPipeline

ZARRS_PIPELINE: Final = "zarrs.ZarrsCodecPipeline"
"""The pipeline of the package `zarrs` of PyPI, which is not the engine's."""

OWN_PIPELINE: Final = "zarr.zarrs.ZarrsCodecPipeline"
"""The codec pipeline over the engine `"zarrs"`."""

_FOLLOWED: Final[Mapping[str, tuple[object, ...]]] = {
    "strict": (None, False),
    "direct_io": (None, False),
    "validate_checksums": (None, True),
}

SETTINGS: Final[Mapping[str, Mapping[str, tuple[object, ...]]]] = {
    "zarr.core.codec_pipeline.BatchedCodecPipeline": {},
    "zarr.core.codec_pipeline.FusedCodecPipeline": {},
    ZARRS_PIPELINE: _FOLLOWED,
    OWN_PIPELINE: _FOLLOWED,
}
"""Pipelines that compute the same as an engine, and the settings under which they do."""


def chosen_pipeline(pipeline: CodecPipeline) -> str | None:
    """Return why `"auto"` takes no engine: another codec pipeline is configured explicitly."""
    kind = type(pipeline)
    name = f"{kind.__module__}.{kind.__qualname__}"
    settings = SETTINGS.get(name)
    if settings is None:
        return f"the codec pipeline {kind.__name__!r} is configured, and stays in its place"
    for setting, defaults in settings.items():
        value = config.get(f"codec_pipeline.{setting}", None)
        if not any(value is default for default in defaults):
            return (
                f"the codec pipeline {kind.__name__!r} is configured with {setting} {value!r}, "
                "and stays in its place"
            )
    return None
