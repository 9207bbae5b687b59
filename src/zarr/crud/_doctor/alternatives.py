"""Other codecs for the elements of an array, tried on some of them in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

import zarr
from zarr.codecs import BloscCodec, ZstdCodec
from zarr.crud._codec_chain import decode_chunk, encode_chunk
from zarr.crud._doctor.parts import ONE_THREAD
from zarr.crud._doctor.timing import in_turns, median_of
from zarr.crud._document.cache import as_array_document

if TYPE_CHECKING:
    from zarr.crud._document.document import Document

MOST: Final = 4 << 20
"""The most bytes of elements that are tried."""

_KINDS: Final = "biufcmM"


class Tried(NamedTuple):
    """How codecs did on the elements."""

    name: str
    seconds: float
    """To decode them in one thread."""
    nbytes: int
    """Encoded."""


def tried(document: Document, elements: Any, current: str) -> list[Tried]:
    """Return how the array's codecs and others do on elements; nothing for other than numbers.

    The first is the array's own chain, without shards; `current` is its name.
    """
    values = np.asarray(elements)
    if values.dtype.kind not in _KINDS or not values.size or not values.ndim:
        return []
    values = _some(values)
    documents = {current: _own(document, values)} | _others(values)
    encoded = {
        name: encode_chunk(one, values, options=ONE_THREAD)
        for name, one in documents.items()
        if one is not None
    }
    calls = {
        name: lambda name=name, data=data: decode_chunk(documents[name], data, options=ONE_THREAD)  # type: ignore[arg-type]
        for name, data in encoded.items()
    }
    times = in_turns(calls, 1.0, rounds=5)
    return [Tried(name, median_of(times[name]), len(data)) for name, data in encoded.items()]


def _some(values: Any) -> Any:
    """Return whole rows of the first axis, in native byte order."""
    rows = max(1, MOST // max(1, values[:1].nbytes))
    return np.ascontiguousarray(values[:rows], dtype=values.dtype.newbyteorder("="))


def _own(document: Document, values: Any) -> Document | None:
    """Return the array's own codecs over a chunk of these values."""
    members = dict(document)
    members |= {"shape": list(values.shape), "attributes": {}}
    if members["zarr_format"] == 2:
        members |= {"chunks": list(values.shape)}
    else:
        codecs: Any = members["codecs"]
        while inner := [one for one in codecs if _is_sharding(one)]:
            codecs = inner[0]["configuration"]["codecs"]
        members |= {
            "codecs": codecs,
            "dimension_names": None,
            "chunk_grid": {
                "name": "regular",
                "configuration": {"chunk_shape": list(values.shape)},
            },
        }
    return as_array_document(members)


def _is_sharding(codec: Any) -> bool:
    return not isinstance(codec, str) and codec["name"] == "sharding_indexed"


def _others(values: Any) -> dict[str, Document | None]:
    shuffle: Any = "shuffle" if values.dtype.itemsize > 1 else "noshuffle"
    chains: dict[str, Any] = {
        "zstd": ZstdCodec(level=3),
        "blosc with lz4 and shuffle": BloscCodec(cname="lz4", clevel=5, shuffle=shuffle),
        "no compressor": None,
    }
    return {
        name: as_array_document(
            zarr.create_array(
                {}, shape=values.shape, chunks=values.shape, dtype=values.dtype, compressors=chain
            ).metadata
        )
        for name, chain in chains.items()
    }
