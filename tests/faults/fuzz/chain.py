"""An array with a chain of codecs, and its only chunk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import zarr
from tests.faults.fuzz.stored import Plain, Sharded, stored_chunk
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud._document.document import Document
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    import numpy.typing as npt

# Data types whose zero is spelled differently.
FILLS: Final[dict[str, Any]] = {"bool": False, "complex64": [0, 0], "fixed_length_utf32": ""}

SHAPE, CHUNK = (23, 11), (16, 8)


@dataclass(frozen=True)
class Chain:
    """Members of a document of format 3, or keywords that create an array of format 2."""

    codecs: list[dict[str, Any]]
    data_type: Any = "int32"
    keywords: dict[str, Any] | None = None
    shape: tuple[int, ...] = SHAPE
    chunk: tuple[int, ...] = CHUNK

    @property
    def name(self) -> str:
        """The name of the data type."""
        return self.data_type if isinstance(self.data_type, str) else str(self.data_type["name"])

    @cached_property
    def document(self) -> Document:
        """The document of the array."""
        keywords: Any = {"shape": self.shape, "chunks": self.chunk, "fill_value": 0}
        if self.keywords is not None:
            store = MemoryStore()
            zarr.create_array(store, zarr_format=2, **(keywords | self.keywords))
            return crud.read_metadata(store)
        grid = {"name": "regular", "configuration": {"chunk_shape": list(self.chunk)}}
        members: dict[str, Any] = {
            "zarr_format": 3,
            "node_type": "array",
            "shape": list(self.shape),
            "data_type": self.data_type,
            "chunk_grid": grid,
            "chunk_key_encoding": {"name": "default"},
            "fill_value": FILLS.get(self.name, 0),
            "codecs": self.codecs,
        }
        return as_document(members)

    @cached_property
    def value(self) -> npt.NDArray[Any]:
        """The elements of the chunk, with repetitions for compressors."""
        rng = np.random.default_rng(7)
        dtype = self.document.dtype
        values = rng.integers(0, 2, self.chunk) * rng.integers(0, 100, self.chunk)
        if dtype.kind in "bOV" or dtype.kind in "SU":
            values = values % 2
        return values.astype("u1").astype(dtype) if dtype.kind == "V" else values.astype(dtype)

    @cached_property
    def stored(self) -> Plain | Sharded:
        """The chunk in its layers."""
        if self.keywords is None:
            return stored_chunk(self.data_type, self.codecs, self.value, FILLS.get(self.name, 0))
        order = self.keywords.get("order", "C")
        codecs = [*(self.keywords.get("filters") or []), self.keywords.get("compressors")]
        codecs = [codec for codec in codecs if codec is not None]
        body: Any = self.value.reshape(-1, order=order)
        while codecs and codecs[0].codec_id in TYPED:
            body = codecs.pop(0).encode(body)
        tail = [lambda data, codec=codec: bytes(codec.encode(data)) for codec in codecs]
        return Plain(
            np.ascontiguousarray(body).tobytes() if hasattr(body, "dtype") else bytes(body), tail
        )


# Codecs that work on elements, not on bytes.
TYPED: Final = {
    *("astype", "bitround", "delta", "fixedscaleoffset", "packbits", "quantize", "categorize")
}
