"""Metadata documents: immutable, with everything derived from them."""

from __future__ import annotations

import json
import math
import weakref
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from zarr.core.group import GroupMetadata
from zarr.core.metadata.repair import repair_array_document
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata, RegularChunkGridMetadata
from zarr.crud._document.fill_value import fill_of
from zarr.crud._document.origins import Origin, through_pickle
from zarr.crud._document.parse import node_type_of, parsed
from zarr.crud._selection.chunk_grid import ChunkGrid, chunk_grid_of
from zarr.errors import NodeTypeValidationError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from zarr.core.common import JSON

type ArrayMetadata = ArrayV2Metadata | ArrayV3Metadata
type MetadataLike = Mapping[str, JSON] | ArrayMetadata | GroupMetadata
"""What the functions of `zarr.crud` accept as a metadata document."""


class Document(Mapping[str, "JSON"]):
    """An immutable metadata document of an array or a group.

    `zarr.crud.read_metadata` returns one. It is a mapping of the document's members; for zarr
    format 2 the members of `.zattrs` are under `"attributes"`. Every look-up returns a fresh
    copy, so nothing that a caller does to it changes the document; to derive another document,
    build a new mapping: `{**document, "shape": [8, 8]}`.

    Passing the same `Document` again costs neither parsing nor serialisation.

    A document from `read_metadata` or `list_children` remembers its origin: the store and the
    node's path. A call with the document and that store, but without `path`, acts on that node. The
    same store means the same object, or another one at the same place: a `LocalStore` or `ZipStore`
    of the same path, a `MemoryStore` on the same `dict`, an `FsspecStore` of the same file system
    and path, an `ObjectStore` on an equal store; for other classes, an equal store.

    The document does not keep a `MemoryStore` alive, but keeps a `dict` and stores that only refer
    to data. A pickle keeps only paths of the file system. If zarr can no longer tell whether a
    store is the same, a call on a store of that class needs `path`, unless the document came from
    the root. Mappings derived from a document (`{**document}`), and zarr's metadata objects, have
    no origin. Documents are equal if their members are equal, whatever their origins.
    """

    # Derived values are in `__dict__`, which documents of one text from several places share.
    __slots__ = ("__dict__", "__weakref__", "_origin")

    _origin: Origin | None

    unpickled: ClassVar[Callable[..., Document]]
    """Makes a document from the content of a pickle; set by the document cache."""

    text: str
    """The whole document as JSON."""

    def __init__(self, text: str, source: ArrayMetadata | GroupMetadata | None = None) -> None:
        self._origin = None
        self.text = text
        # Weak: the cache that maps `source` to this document must not keep `source` alive.
        self._source = None if source is None else weakref.ref(source)
        self._derived: dict[Callable[[Document], object], object] = {}
        # Entries of `backends.reader_cache`, which are freed with the document.
        self._readers: dict[tuple[int, str, str | None], Any] = {}

    def __getitem__(self, key: str) -> JSON:
        return self._load()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __hash__(self) -> int:
        return hash(self._canonical)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Document):
            return self._canonical == other._canonical
        if not isinstance(other, Mapping):
            return NotImplemented
        try:
            # Compare the texts, in which a NaN equals itself.
            return self._canonical == _canonical(as_dict(other))
        except (TypeError, ValueError):
            return False

    def __repr__(self) -> str:
        return f"Document({self._load()!r})"

    def __copy__(self) -> Document:
        return self

    def __deepcopy__(self, memo: object) -> Document:
        return self

    def __reduce__(self) -> tuple[Callable[..., Document], tuple[Any, ...]]:
        if self._origin is None:
            return Document.unpickled, (self.text,)
        return Document.unpickled, (self.text, through_pickle(self._origin))

    def _read_from(self, origin: Origin | None) -> Document:
        """Return this document with another origin; both share everything derived."""
        document = object.__new__(Document)
        document._origin = origin
        document.__dict__ = self.__dict__
        return document

    def _load(self) -> dict[str, JSON]:
        return cast("dict[str, JSON]", json.loads(self.text))

    def derive[T](self, make: Callable[[Document], T]) -> T:
        """Return `make(self)`, computed once for this document and this function."""
        try:
            return cast("T", self._derived[make])
        except KeyError:
            # Omit the origin: the result may keep the document as long as it is cached.
            document = self if self._origin is None else self._read_from(None)
            return cast("T", self._derived.setdefault(make, make(document)))

    @cached_property
    def node_type(self) -> str:
        """`"array"` or `"group"`."""
        return node_type_of(self._load())

    @property
    def metadata(self) -> ArrayMetadata | GroupMetadata:
        """Zarr's own metadata object for this document, validated."""
        source = None if self._source is None else self._source()
        return self._parsed if source is None else source

    @cached_property
    def _parsed(self) -> ArrayMetadata | GroupMetadata:
        return parsed(self._load())

    @property
    def array(self) -> ArrayMetadata:
        """Zarr's metadata object, for the document of an array only."""
        metadata = self.metadata
        if isinstance(metadata, GroupMetadata):
            raise NodeTypeValidationError(
                "the metadata document is a group's; pass the document of an array"
            )
        return metadata

    @cached_property
    def json(self) -> str:
        """The canonical JSON without attributes: equal for documents that store data alike."""
        members = self._load()
        if self.node_type == "array":
            # As zarr repairs documents of older software: `true` means 1, chunks of 0 mean no
            # elements.
            version: Literal[2, 3] = 2 if members["zarr_format"] == 2 else 3
            members = dict(repair_array_document(members, version)[0])
        members.pop("attributes", None)
        return _canonical(members)

    @cached_property
    def _canonical(self) -> str:
        return _canonical(self._load())

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The array's shape, in elements."""
        return self.array.shape

    @cached_property
    def chunk_shape(self) -> tuple[int, ...] | None:
        """The nominal shape of every chunk (shard); `None` unless the chunk grid is regular."""
        metadata = self.array
        if isinstance(metadata, ArrayV2Metadata):
            return metadata.chunks
        grid = metadata.chunk_grid
        return grid.chunk_shape if isinstance(grid, RegularChunkGridMetadata) else None

    @cached_property
    def chunk_grid(self) -> ChunkGrid:
        """The positions of the array's chunks (shards)."""
        return chunk_grid_of(self.array)

    def chunk_shape_at(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """The nominal shape of the chunk (shard) at `index`."""
        # Avoids the grid if all chunks are alike: every call for a chunk comes here.
        return self.chunk_shape or self.chunk_grid.chunk_shape(index)

    @cached_property
    def chunk_nbytes(self) -> int:
        """The decoded size of the largest chunk (shard)."""
        return math.prod(self.chunk_grid.largest) * self.dtype.itemsize

    @cached_property
    def _fill(self) -> tuple[Any, npt.NDArray[Any]]:
        return fill_of(self.array, self._load().get("fill_value"))

    @property
    def fill_value(self) -> Any:
        """The fill value as zarr represents it, with every bit that the document gives."""
        value = self.array.fill_value
        return None if value is None else self._fill[0]

    @property
    def fill_element(self) -> npt.NDArray[Any]:
        """The fill value as an array of one element of `dtype`."""
        return self._fill[1]

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy data type that reads return and writes convert to."""
        return self.array.dtype.to_native_dtype()


def _canonical(members: Mapping[str, JSON]) -> str:
    return json.dumps(members, sort_keys=True, separators=(",", ":"))


def as_dict(members: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a mapping as a `dict` for `json`; a `dict` is not copied."""
    return members if isinstance(members, dict) else dict(members)
