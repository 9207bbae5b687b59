"""What arrays of equal documents share: their metadata but for the attributes, and what follows.

The members of a document are looked up by their exact bytes in the format of `marshal`, which is
quicker than any text: a number, a boolean and a float of one value differ in it. Only what nothing
can change is shared; whatever else a document has, zarr parses it anew.
"""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr._engine.engines.native_pipeline import native_pipeline
from zarr._engine.opening.fixed_parts import is_fixed
from zarr.core.config import config
from zarr.core.metadata.repair import repair_array_document
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud._bounded_cache import BoundedCache
from zarr.crud._document.cache import as_document, known_as

if TYPE_CHECKING:
    from zarr.abc.codec import CodecPipeline
    from zarr.core.array import AsyncArray
    from zarr.crud._document.document import Document

PIPELINE: Final = "zarr.core.codec_pipeline.BatchedCodecPipeline"
"""The class of pipelines that nothing can change; one of another class belongs to its array."""

LENGTH: Final = 16 << 10
"""Bytes of a key for which it counts as one document."""


class Template(NamedTuple):
    """What arrays of equal documents share."""

    bare: ArrayV3Metadata
    """A metadata object without attributes, of which others are copies."""
    chunk_grid: Any
    """Upstream's grid of the array: no array changes it."""
    pipeline: CodecPipeline
    document: Document
    settings: tuple[dict[str, Any], dict[str, Any]]
    """The configuration under which zarr parsed the document."""

    def metadata(self, attributes: Any) -> ArrayV3Metadata:
        """Return a metadata object for one array, with attributes of its own."""
        metadata = object.__new__(ArrayV3Metadata)
        state = metadata.__dict__
        state.update(self.bare.__dict__)
        state["attributes"] = {} if attributes is None else dict(attributes)
        state["extra_fields"] = {}
        self.describe(metadata)
        return metadata

    def is_of(self, metadata: ArrayV3Metadata) -> bool:
        """Return whether the metadata of a new array is equal in what its document does not say.

        These are the byte order of the data type, the order of the subchunks in a shard, and the
        bits of a NaN.
        """
        bare = self.bare
        return (
            metadata.data_type == bare.data_type
            and metadata.codecs == bare.codecs
            and _bits(metadata.fill_value) == _bits(bare.fill_value)
        )

    def describe(self, metadata: ArrayV3Metadata) -> None:
        """Let the engine know what the metadata object of an array says."""
        known_as(metadata, self.document)


def _unknown(key: bytes) -> Template:
    raise KeyError(key)


_kept: Final[BoundedCache[bytes, Template]] = BoundedCache(
    _unknown, most=1024, size=lambda key: 1 + len(key) // LENGTH
)


def key_of(members: dict[str, Any], *, is_new: bool = False) -> bytes | None:
    """Return the bytes of a document without attributes; `None` for what is no JSON.

    New arrays share nothing with those that were read, of which zarr knows only the document.
    """
    try:
        # Version 2 knows no references: equal members have equal bytes.
        return marshal.dumps((is_new, _without_attributes(members)), 2)
    except ValueError:
        return None


def members_of(metadata: object) -> dict[str, Any] | None:
    """Return the document of a new array, if it may share something."""
    if type(metadata) is not ArrayV3Metadata or not is_fixed(metadata):
        return None
    members: dict[str, Any] = metadata.to_dict()
    return members


def template_of(key: bytes) -> Template | None:
    """Return what is kept under a key, unless zarr would now parse the document otherwise."""
    template = _kept.get(key)
    if template is None:
        return None
    codecs, pipeline = template.settings
    now = config.config
    return template if codecs == now["codecs"] and pipeline == now["codec_pipeline"] else None


def keep(
    key: bytes, members: dict[str, Any], array: AsyncArray[Any], *, is_new: bool = False
) -> None:
    """Keep what an array that zarr has made of `members` may share with others."""
    metadata, pipeline = array.metadata, native_pipeline(array)
    if (
        type(metadata) is ArrayV3Metadata
        and f"{type(pipeline).__module__}.{type(pipeline).__qualname__}" == PIPELINE
        and is_fixed(metadata)
        and holds(key, (is_new, _without_attributes(members)))
        and not repair_array_document(members, 3)[1]
    ):
        bare = object.__new__(ArrayV3Metadata)
        bare.__dict__.update(metadata.__dict__)
        bare.__dict__["attributes"] = {}
        now = config.config
        settings = dict(now["codecs"]), dict(now["codec_pipeline"])
        _kept.discard(key)
        _kept.keep(key, Template(bare, array._chunk_grid, pipeline, as_document(bare), settings))


def _bits(value: Any) -> Any:
    return value.tobytes() if isinstance(value, np.generic) else value


def _without_attributes(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name != "attributes"}


def holds(key: bytes, given: object) -> bool:
    """Return whether a key of `marshal` holds what was given, and not what looks like it."""
    try:
        return bool(marshal.loads(key) == given)
    except ValueError:
        # An array of NumPy.
        return False
