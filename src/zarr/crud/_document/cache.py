"""Cached documents: each metadata argument is parsed and serialised once."""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from zarr.core.group import GroupMetadata
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud._bounded_cache import BoundedCache
from zarr.crud._document.checks import check_lengths
from zarr.crud._document.chunks import check_chunks
from zarr.crud._document.document import Document, as_dict
from zarr.crud._document.fill_value import exact_json
from zarr.crud._errors import DocumentError

if TYPE_CHECKING:
    from zarr.crud._document.document import ArrayMetadata, MetadataLike
    from zarr.crud._document.origins import Origin


def as_document(metadata: MetadataLike) -> Document:
    """Return the `Document` for a metadata argument, from a cache if possible.

    A `Document` is returned itself. A metadata object of zarr is looked up by identity. A mapping
    is serialised at each call, then looked up by its text.
    """
    # Not `isinstance`: it asks an abstract base class, which costs more than the look-up.
    if type(metadata) is Document:
        return metadata
    entry = _by_identity.get(id(metadata))
    if entry is not None and entry[0]() is metadata:
        return entry[1]
    if isinstance(metadata, ArrayV2Metadata) and 0 in metadata.chunks:
        # Zarr's constructor accepts values that no document may contain.
        return of_text(_text_of(metadata))
    if isinstance(metadata, (ArrayV3Metadata, ArrayV2Metadata, GroupMetadata)):
        return _of_object(metadata)
    if isinstance(metadata, Mapping):
        try:
            # As zarr writes and reads it: with `NaN` and infinities, which strict JSON lacks.
            text = json.dumps(as_dict(metadata))
        except (TypeError, ValueError, RecursionError) as err:
            raise DocumentError(
                f"the metadata document is not JSON: {err}; use strings, numbers, lists and dicts"
            ) from err
        return of_text(text)
    raise DocumentError(
        f"metadata must be a mapping or a metadata object of zarr, not {type(metadata).__name__}"
    )


def fresh_document(metadata: MetadataLike) -> Document:
    """Return the `Document` with the current attributes, in order to store it."""
    if isinstance(metadata, (ArrayV3Metadata, ArrayV2Metadata, GroupMetadata)):
        return _made(metadata)
    return as_document(metadata)


def as_array_document(metadata: MetadataLike) -> Document:
    """Return the `Document` of an array; a group's raises `NodeTypeValidationError`."""
    document = metadata if type(metadata) is Document else as_document(metadata)
    if document.node_type == "group":
        _ = document.array
    return document


def _text_of(metadata: ArrayMetadata | GroupMetadata) -> str:
    """The document that zarr would store for a metadata object, with the bits of its fill value."""
    members = metadata.to_dict()
    if isinstance(metadata, ArrayV3Metadata):
        dtype = metadata.data_type.to_native_dtype()
        members["fill_value"] = exact_json(metadata.fill_value, dtype, members["fill_value"])
    return json.dumps(members)


LENGTH: Final = 16 << 10
"""Characters of a text for which it counts as one document."""


def _parsed(text: str) -> Document:
    """Return the parsed `Document` of a text, without an origin."""
    document = Document(text)
    _ = document.metadata
    return document


of_text: Final = BoundedCache(_parsed, most=1024, size=lambda text: 1 + len(text) // LENGTH)
"""The parsed documents, by their text."""


def _made(metadata: ArrayMetadata | GroupMetadata) -> Document:
    # Zarr's constructors accept any length, and chunks that do not fit the codecs.
    if not isinstance(metadata, GroupMetadata):
        check_lengths(metadata.shape)
        check_chunks(metadata)
    return Document(_text_of(metadata), metadata)


_by_identity: dict[int, tuple[weakref.ref[Any], Document]] = {}


def _of_object(metadata: ArrayMetadata | GroupMetadata) -> Document:
    # Zarr's metadata objects are unhashable, and their attributes may change in place. Identity is
    # enough for chunk I/O, which never uses attributes.
    document = _made(metadata)
    known_as(metadata, document)
    return document


def known_as(metadata: ArrayMetadata | GroupMetadata, document: Document) -> None:
    """Let `as_document` return a document for a metadata object that differs in attributes only."""
    key = id(metadata)
    known = _by_identity.get(key)
    if known is not None and known[1] is document and known[0]() is metadata:
        return
    # A local variable: at interpreter exit, module globals vanish before the last metadata objects.
    forget = _by_identity.pop
    reference = weakref.ref(metadata, lambda _: forget(key, None))
    _by_identity[key] = (reference, document)


def unpickled(text: str, origin: Origin | None = None) -> Document:
    """Return the document of a pickle; if this process has it already, the same object."""
    return of_text(text)._read_from(origin)


Document.unpickled = staticmethod(unpickled)
