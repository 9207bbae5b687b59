"""Documents of transposed shards: valid ones, and ones that would lose data."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tests.crud.test_document import document_members

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

type Json = dict[str, Any]

LITTLE: Final[Json] = {"name": "bytes", "configuration": {"endian": "little"}}
BIG: Final[Json] = {"name": "bytes", "configuration": {"endian": "big"}}
ZSTD: Final[Json] = {"name": "zstd", "configuration": {"level": 1, "checksum": False}}
CRC: Final[Json] = {"name": "crc32c"}


def transpose(*order: int) -> Json:
    return {"name": "transpose", "configuration": {"order": list(order)}}


def sharding(subchunk: tuple[int, ...], *codecs: Json, at: str = "end") -> Json:
    configuration = {
        "chunk_shape": list(subchunk),
        "codecs": list(codecs) or [LITTLE],
        "index_codecs": [LITTLE, CRC],
        "index_location": at,
    }
    return {"name": "sharding_indexed", "configuration": configuration}


def members(shape: tuple[int, ...], shard: Any, *codecs: Json, **changes: Any) -> Json:
    """A document of int32; its chunk grid is regular for a tuple and rectilinear for a list."""
    grid: Json = {"name": "regular", "configuration": {"chunk_shape": list(shard)}}
    if isinstance(shard, list):
        grid = {"name": "rectilinear", "configuration": {"kind": "inline", "chunk_shapes": shard}}
    return document_members(
        shape=list(shape),
        chunk_grid=grid,
        codecs=list(codecs),
        **{"data_type": "int32", "fill_value": 7, "attributes": {}} | changes,
    )


VALID: Final[dict[str, Json]] = {
    "two axes": members((12, 10), (6, 5), transpose(1, 0), sharding((5, 3))),
    "ragged": members((11, 7), (6, 5), transpose(1, 0), sharding((5, 3), LITTLE, ZSTD)),
    "index first": members((11, 7), (6, 5), transpose(1, 0), sharding((5, 3), BIG, at="start")),
    "three axes": members((5, 7, 6), (2, 3, 4), transpose(1, 2, 0), sharding((3, 2, 1))),
    "two transpositions": members(
        (5, 7, 6),
        (2, 3, 4),
        transpose(1, 2, 0),
        transpose(1, 0, 2),
        sharding((4, 3, 2), LITTLE, ZSTD),
    ),
    "transposed subchunks": members(
        (11, 7), (6, 5), transpose(1, 0), sharding((5, 3), transpose(1, 0), LITTLE, CRC)
    ),
    "shards in shards": members(
        (11, 7),
        (6, 10),
        transpose(1, 0),
        sharding((5, 6), transpose(1, 0), sharding((3, 5), LITTLE, ZSTD, at="start")),
    ),
}
"""Subchunks that divide the transposed shard, but not the original one."""

RECTILINEAR: Final[Json] = members(
    (13, 11), [[3, 6, 4], [5, 10]], transpose(1, 0), sharding((5, 1), LITTLE, ZSTD)
)
"""The same for shards of several shapes, which no other library reads."""

LOSING: Final[dict[str, Json]] = {
    "two axes": members((4, 3), (4, 3), transpose(1, 0), sharding((2, 3))),
    "three axes": members((5, 4, 6), (2, 3, 4), transpose(0, 2, 1), sharding((2, 3, 4))),
    "two transpositions": members(
        (5, 4, 6), (2, 3, 4), transpose(1, 2, 0), transpose(0, 2, 1), sharding((2, 3, 2))
    ),
    "shards in shards": members(
        (4, 3), (4, 3), transpose(1, 0), sharding((2, 3), sharding((1, 1), LITTLE, ZSTD))
    ),
    "after another codec": members(
        (4, 3),
        (4, 3),
        transpose(1, 0),
        {"name": "scale_offset", "configuration": {"offset": 1}},
        sharding((2, 3)),
    ),
    "packed bits": members(
        (12,),
        (6,),
        {"name": "numcodecs.packbits", "configuration": {}},
        sharding((3,)),
        data_type="bool",
        fill_value=False,
    ),
}
"""Subchunks that divide the shard, but not the sharding codec's input."""

LOSING_RECTILINEAR: Final[Json] = members(
    (8, 6), [[4, 4], [4, 2]], transpose(1, 0), sharding((4, 2))
)
"""Only the second column of shards is divided wrongly."""


def stored_order(document: Json) -> tuple[int, ...]:
    """The array's axes in the order in which the sharding codec receives them."""
    order = list(range(len(document["shape"])))
    for codec in document["codecs"]:
        if codec["name"] == "transpose":
            order = [order[axis] for axis in codec["configuration"]["order"]]
    return tuple(order)


def subchunk_in_array(document: Json) -> tuple[int, ...]:
    """The shape of a subchunk in the array's own order of axes, by NumPy's transposition."""
    shard = next(codec for codec in document["codecs"] if codec["name"] == "sharding_indexed")
    one: npt.NDArray[Any] = np.empty(shard["configuration"]["chunk_shape"])
    return tuple(one.transpose(np.argsort(stored_order(document))).shape)


def places(document: Json) -> Iterator[tuple[int, ...]]:
    """The indices of all subchunks that hold elements of the array."""
    pairs = zip(document["shape"], subchunk_in_array(document), strict=True)
    return product(*(range(-(-length // part)) for length, part in pairs))
