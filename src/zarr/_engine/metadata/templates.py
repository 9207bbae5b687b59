"""What arrays of equal documents share: their metadata but for the attributes, and what follows.

The members of a document are looked up by their exact bytes in the format of `marshal`, which is
quicker than any text: a number, a boolean and a float of one value differ in it. Only what nothing
can change is shared; whatever else a document has, zarr parses it anew.
"""

from __future__ import annotations

import marshal
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

import numpy as np

from zarr._engine.engines.native_pipeline import native_pipeline
from zarr._engine.metadata.fill_value_bits import SPELLED
from zarr._engine.metadata.fixed_parts import may_be_shared
from zarr._engine.metadata.similar import key_of_similar, similar_metadata
from zarr.core.chunk_grids import ChunkGrid
from zarr.core.config import config
from zarr.core.metadata.repair import repair_array_document
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud import DocumentError
from zarr.crud._bounded_cache import BoundedCache
from zarr.crud._document.cache import as_document, known_as

if TYPE_CHECKING:
    from zarr.abc.codec import CodecPipeline
    from zarr.core.array import AsyncArray
    from zarr.crud._document.document import Document

type Parsed = ArrayV2Metadata | ArrayV3Metadata

PIPELINE: Final = "zarr.core.codec_pipeline.BatchedCodecPipeline"
"""The class of pipelines that nothing can change; one of another class belongs to its array."""

LENGTH: Final = 16 << 10
"""Bytes of a key for which it counts as one document."""

PARTS: Final = {
    ArrayV2Metadata: itemgetter(
        *("shape", "dtype", "chunks", "compressor", "order", "dimension_separator", "filters"),
        "fill_value",
    ),
    ArrayV3Metadata: itemgetter(
        *("shape", "data_type", "chunk_grid", "chunk_key_encoding", "codecs", "dimension_names"),
        *("fill_value", "storage_transformers"),
    ),
}
"""What the metadata objects of one template have in common, by their class."""


class Template:
    """What arrays of equal documents share.

    The metadata is known first. The first array that is made of it brings the rest.
    """

    __slots__ = ("__weakref__", "_asked", "_document", "bare", "chunk_grid", "pipeline", "settings")

    def __init__(self, metadata: Parsed) -> None:
        self.bare: Parsed = object.__new__(type(metadata))
        """A metadata object without attributes, of which others are copies."""
        self.bare.__dict__.update(metadata.__dict__ | {"attributes": {}})
        self.settings = dict(config.config["codecs"]), dict(config.config["codec_pipeline"])
        """The configuration under which zarr parsed the document."""
        self.chunk_grid: Any = None
        """Upstream's grid of the array: no array changes it."""
        self.pipeline: CodecPipeline | None = None
        self._document: Document | None = None
        self._asked = False
        _know(self, _parts_of(metadata))

    @property
    def is_current(self) -> bool:
        """Whether zarr would now parse the document to the same."""
        codecs, pipeline = self.settings
        now = config.config
        return bool(codecs == now["codecs"] and pipeline == now["codec_pipeline"])

    def is_ready(self) -> bool:
        """Return whether arrays can be made of it."""
        if self.pipeline is None:
            return False
        if not self._asked:
            # Not for the first array, which may be the only one.
            self._asked = True
        elif self._document is None:
            try:
                self._document = as_document(self.bare)
            except DocumentError:
                # Upstream opens it; an engine tells what is wrong when it reads.
                return False
        return True

    def complete(self, array: AsyncArray[Any]) -> None:
        """Take what other arrays may share from one that zarr has made."""
        pipeline = native_pipeline(array)
        if f"{type(pipeline).__module__}.{type(pipeline).__qualname__}" == PIPELINE:
            spelled = array.metadata.__dict__.get(SPELLED)
            if spelled is not None:
                self.bare.__dict__[SPELLED] = spelled
            self.chunk_grid = array._chunk_grid
            self.pipeline = pipeline
            self._asked = True

    def complete_like(self, similar: Template) -> None:
        """Take what arrays share with those of a similar document."""
        if similar.pipeline is not None:
            self.chunk_grid = ChunkGrid.from_metadata(self.bare)
            self.pipeline = similar.pipeline

    def metadata(self, attributes: Any) -> Parsed:
        """Return a metadata object for one array, with attributes of its own."""
        metadata: Parsed = object.__new__(type(self.bare))
        state = metadata.__dict__
        state.update(self.bare.__dict__)
        state["attributes"] = {} if attributes is None else dict(attributes)
        if "extra_fields" in state:
            state["extra_fields"] = {}
        return metadata

    def describes(self, metadata: ArrayV3Metadata) -> bool:
        """Return whether the metadata of a new array is equal in what its document does not say.

        These are the byte order of the data type, the order of the subchunks in a shard, and the
        bits of a NaN.
        """
        bare: Any = self.bare
        return bool(
            metadata.data_type == bare.data_type
            and metadata.codecs == bare.codecs
            and _bits(metadata.fill_value) == _bits(bare.fill_value)
        )

    def tell_of(self, metadata: Parsed) -> None:
        """Tell a metadata object, and the engine that reads it, what is known."""
        spelled = self.bare.__dict__.get(SPELLED)
        if spelled is not None:
            metadata.__dict__.setdefault(SPELLED, spelled)
        if self._document is not None:
            known_as(metadata, self._document)


_kept: Final[BoundedCache[bytes, Template]] = BoundedCache(
    None, most=1024, size=lambda key: 1 + len(key) // LENGTH
)
"""The templates, by the bytes of a document."""

_similar: Final[BoundedCache[bytes, Template]] = BoundedCache(None, most=256)
"""A template of each kind of similar documents."""

_by_parts: Final[dict[tuple[int, ...], ref[Template]]] = {}
"""The templates, by the identity of what their metadata objects share, which they keep alive."""


def _know(template: Template, parts: tuple[int, ...]) -> None:
    # A local variable: at interpreter exit, module globals vanish before the last templates.
    known = _by_parts

    def forget(dead: ref[Template]) -> None:
        # A later template of the same parts stays.
        if known.get(parts) is dead:
            known.pop(parts, None)

    known[parts] = ref(template, forget)


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
    # In format 2, its compressor may be the caller's, who can change it.
    if type(metadata) is not ArrayV3Metadata or not may_be_shared(metadata):
        return None
    members: dict[str, Any] = metadata.to_dict()
    return members


def template_of(key: bytes) -> Template | None:
    """Return what is kept under a key, unless zarr would now parse the document otherwise."""
    template = _kept.get(key)
    return template if template is not None and template.is_current else None


def template_for(key: bytes, document: dict[str, Any]) -> Template | None:
    """Return the template of a stored document, which may follow from that of a similar one."""
    template = template_of(key)
    return _from_similar(key, document) if template is None else template


def _from_similar(key: bytes, document: dict[str, Any]) -> Template | None:
    kind = key_of_similar(document)
    similar = None if kind is None else _similar.get(kind)
    if similar is None or not similar.is_current:
        return None
    metadata = similar_metadata(similar.bare, document)
    template = None if metadata is None else keep(key, document, metadata)
    if template is not None:
        template.complete_like(similar)
    return template


def template_with_parts_of(metadata: object) -> Template | None:
    """Return the template of which a metadata object is a copy, if it has the same pipeline."""
    if type(metadata) not in PARTS:
        return None
    found = _by_parts.get(_parts_of(metadata))
    template = None if found is None else found()
    if template is None or template.settings[1] != config.config["codec_pipeline"]:
        return None
    return template


def known_template(document: dict[str, Any]) -> Template | None:
    """Return the template of a stored document that zarr has parsed without a warning."""
    key = _key_of_stored(document)
    return None if key is None else template_of(key)


def array_metadata(document: dict[str, Any], path: str | None) -> Parsed:
    """Return upstream's metadata object for the stored document of an array.

    `path` names the array in warnings. The attributes are those of this document; the object may
    share everything else with those of equal documents.
    """
    key = _key_of_stored(document)
    template = None if key is None else template_for(key, document)
    if template is not None:
        return template.metadata(document.get("attributes"))
    of_format: Any = ArrayV3Metadata if document.get("zarr_format") == 3 else ArrayV2Metadata
    metadata: Parsed = of_format.from_dict(document, path=path)
    if key is not None:
        keep(key, document, metadata)
    return metadata


def keep(
    key: bytes, members: dict[str, Any], metadata: Parsed, *, is_new: bool = False
) -> Template | None:
    """Keep what zarr has made of `members`, if others may share it."""
    if (
        may_be_shared(metadata)
        and holds(key, (is_new, _without_attributes(members)))
        and not _warns(members)
    ):
        template = Template(metadata)
        _kept.discard(key)
        if not is_new:
            _keep_kind(template, members)
        return _kept.keep(key, template)
    return None


def _keep_kind(template: Template, document: dict[str, Any]) -> None:
    kind = key_of_similar(document)
    if kind is None or len(kind) > LENGTH:
        return
    kept = _similar.get(kind)
    # Until an array has been made, there is no pipeline to share.
    if kept is None or kept.pipeline is None or not kept.is_current:
        _similar.discard(kind)
        _similar.keep(kind, template)


def _key_of_stored(document: dict[str, Any]) -> bytes | None:
    return key_of(document) if isinstance(document.get("attributes"), dict | None) else None


def _warns(members: dict[str, Any]) -> bool:
    """Return whether zarr warns of a document whose metadata may be shared."""
    # In format 2, an empty list of filters becomes none, with a warning.
    return members.get("filters") is not None or bool(
        repair_array_document(members, members["zarr_format"])[1]
    )


def _parts_of(metadata: Any) -> tuple[int, ...]:
    return tuple(map(id, PARTS[type(metadata)](metadata.__dict__)))


def _bits(value: Any) -> Any:
    return value.tobytes() if isinstance(value, np.generic) else value


def _without_attributes(members: dict[str, Any]) -> dict[str, Any]:
    left = dict(members)
    left.pop("attributes", None)
    return left


def holds(key: bytes, given: object) -> bool:
    """Return whether a key of `marshal` holds what was given, and not what looks like it."""
    try:
        return bool(marshal.loads(key) == given)
    except ValueError:
        # An array of NumPy.
        return False
