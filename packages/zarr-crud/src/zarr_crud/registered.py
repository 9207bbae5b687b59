"""What zarr's registries find through the entry points of zarr-crud.

The entry points name this module, because it can be imported in every environment, and importing
it makes the modules below importable.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

_MODULES: Final = {
    "zarr._data_types.integers": ("Int2", "Int4", "UInt2", "UInt4"),
    "zarr._data_types.real": (
        "BFloat16",
        "Float4E2M1FN",
        "Float6E2M3FN",
        "Float6E3M2FN",
        "Float8E3M4",
        "Float8E4M3",
        "Float8E4M3B11FNUZ",
        "Float8E4M3FN",
        "Float8E4M3FNUZ",
        "Float8E5M2",
        "Float8E5M2FNUZ",
        "Float8E8M0FNU",
    ),
}
_PLACES: Final = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "ZarrsCodecPipeline":
        return _pipeline()
    if name not in _PLACES:
        raise AttributeError(f"module 'zarr_crud.registered' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def _pipeline() -> Any:
    try:
        from zarr.zarrs import _registered
    except ImportError as err:
        # Zarr loads every declared pipeline with its first array, whichever is configured.
        return _refusing(err)
    return _registered.ZarrsCodecPipeline


def _refusing(reason: ImportError) -> Any:
    """Return what stands for the pipeline where it cannot be: an array with it is refused."""
    from zarr.abc.codec import CodecPipeline

    class ZarrsCodecPipeline(CodecPipeline):
        @classmethod
        def from_codecs(cls, codecs: Any) -> Any:  # noqa: ARG003
            raise reason

        @classmethod
        def from_array_metadata_and_store(cls, array_metadata: Any, store: Any) -> Any:  # noqa: ARG003
            raise reason

    # The registry calls a class by its module and name.
    ZarrsCodecPipeline.__module__, ZarrsCodecPipeline.__qualname__ = (
        "zarr.zarrs",
        "ZarrsCodecPipeline",
    )
    return ZarrsCodecPipeline
