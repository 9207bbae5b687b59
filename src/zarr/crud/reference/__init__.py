"""The reference backend: plain Python on zarr-python's own codecs, which the others are held to."""

from zarr.crud.reference.backend import ReferenceBackend

__all__ = ["ReferenceBackend"]
