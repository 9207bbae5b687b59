"""Chunks that the library decodes and encodes in memory, for stored values that we move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.crud.backends import is_at_hand, requests_in_flight
from zarr.zarrista._library import called, library

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud.backends import Document, Location, Options
    from zarr.zarrista._document import Prepared


def codec_options(options: Options) -> dict[str, Any]:
    """Return the options of a call as keywords of the library."""
    made: dict[str, Any] = {"validate_checksums": options.validate_checksums}
    if options.concurrency is not None:
        made["concurrent_target"] = options.concurrency
        # The library takes this for a minimum, whatever the target.
        made["chunk_concurrent_minimum"] = min(options.concurrency, 4)
    return made


def threads_for(location: Location, options: Options) -> int:
    """Return how many stored values to process at a time."""
    if options.concurrency is not None:
        return options.concurrency
    return 1 if is_at_hand(location.store) else requests_in_flight()


def elements_of(tensor: Any, prepared: Prepared) -> npt.NDArray[Any]:
    """Return the elements of a result of the library, in its memory, which is not written."""
    return np.frombuffer(tensor.buffer(), prepared.dtype).reshape(tensor.shape)


class ChunkCodec:
    """The codecs of one chunk, in memory of the library."""

    def __init__(
        self, document: Document, prepared: Prepared, index: tuple[int, ...], options: Options
    ) -> None:
        self._prepared = prepared
        self._index = list(index)
        self.shape = document.chunk_shape_at(index)
        self._options = codec_options(options)

    def decode(self, data: bytes) -> npt.NDArray[Any]:
        """Return the elements of a stored value, in new memory that is not written."""
        array = self._array()
        called(array.store_encoded_chunk, self._index, data)
        tensor = called(array.retrieve_chunk, self._index, **self._options)
        return elements_of(tensor, self._prepared)

    def encode(self, chunk: npt.NDArray[Any]) -> bytes:
        """Return the value to store for a chunk."""
        array = self._array()
        elements = library().ArrayBytes(chunk.tobytes())
        options = {**self._options, "store_empty_chunks": True}
        called(array.store_chunk, self._index, elements, **options)
        return bytes(called(array.retrieve_encoded_chunk, self._index).buffer)

    def fill(self) -> npt.NDArray[Any]:
        """Return a new chunk of the fill value."""
        element = np.frombuffer(self._prepared.fill, self._prepared.dtype).reshape(())
        return np.broadcast_to(element, self.shape).copy()

    def _array(self) -> Any:
        # A store of its own for each chunk: chunks of several threads, and no growth.
        store = library().store.MemoryStore()
        return called(library().Array.from_metadata, self._prepared.members, store, "/")
