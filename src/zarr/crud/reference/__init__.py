"""The reference backend: plain Python on zarr-python's own codecs, the standard for the others."""

from zarr.crud.reference.backend import ReferenceBackend
from zarr.crud.reference.codecs import codecs_for

__all__ = ["ReferenceBackend", "codecs_for"]
