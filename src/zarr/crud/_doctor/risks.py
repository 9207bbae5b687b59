"""What about an array is risky, with the fact behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud._doctor.report import Note
from zarr.crud._doctor.sample import unit_of
from zarr.crud._doctor.timing import timed
from zarr.crud._doctor.words import seconds, size
from zarr.crud._document.shards import sharding_of
from zarr.crud._encoding.damage import detects_damage
from zarr.crud._options import DEFAULT_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.crud._doctor.parts import Fetched
    from zarr.crud._document.document import Document

HUGE: Final = 1 << 31
"""Bytes of a chunk from which on blosc and other codecs do not encode it."""

MANY: Final = 100_000
"""Chunks from which on they are a burden to list, copy and delete."""


ENOUGH: Final = 256 << 10
"""The bytes of which a checksum takes long enough to be measured."""


def risks_of(document: Document, fetched: Fetched | None, *, is_stored: bool) -> Iterator[Note]:
    """Yield what is risky."""
    yield from _damage(document, fetched)
    if document.chunk_nbytes >= HUGE:
        yield Note(
            "huge-chunks",
            f"a chunk of {size(document.chunk_nbytes)} needs that much memory to be decoded, and "
            "several codecs do not encode 2 GiB and more; repack with smaller chunks",
        )
    yield from _many(document)
    if not is_stored:
        yield Note(
            "nothing-stored",
            "none of the chunks that were looked for is stored: reads return the fill value",
        )
    elif fetched is not None and fetched.missing:
        yield Note(
            "missing-chunks",
            f"{fetched.missing} of {fetched.looked_at} chunks of the sample are not stored and "
            "read as the fill value, which no error shows; Options(missing_chunks='error') does",
        )
    yield from _unspecified(document)


def too_large(document: Document, most: int) -> Iterator[Note]:
    """Yield why nothing was read."""
    if 0 in document.shape:
        yield Note("no-elements", "the array has no elements, so nothing was read")
        return
    unit = math.prod(unit_of(document)) * document.dtype.itemsize
    yield Note(
        "not-read",
        f"the smallest part that is decoded has {size(unit)}, and the sample may have "
        f"{size(most)}, so nothing was read: allow more with max_bytes (--max-bytes)",
    )


def _damage(document: Document, fetched: Fetched | None) -> Iterator[Note]:
    detects = detects_damage(document, DEFAULT_OPTIONS)
    if detects is True:
        return
    where = f"is detected {detects}" if isinstance(detects, str) else "may go unnoticed"
    cost = "" if fetched is None else _cost(list(fetched.values.values()))
    yield Note(
        "undetected-damage",
        f"damage to stored bytes {where}: `detects_damage` is {detects!r}{cost}",
    )


def _cost(values: list[bytes]) -> str:
    """Say how long a checksum of stored bytes takes, if they are enough to tell."""
    nbytes = sum(map(len, values))
    if nbytes < ENOUGH:
        return ""
    import google_crc32c

    time = timed(lambda: [google_crc32c.value(value) for value in values])
    return f"; crc32c over these bytes takes {seconds(time / nbytes * (1 << 20))} per MiB"


def _many(document: Document) -> Iterator[Note]:
    number = math.prod(document.chunk_grid.shape)
    if number < MANY:
        return
    what = "shards" if sharding_of(document.array) else "chunks"
    advice = "larger shards" if what == "shards" else "shards"
    yield Note(
        "many-chunks",
        f"{number:,} {what} of {size(document.chunk_nbytes)} are as many files or objects to "
        f"list, copy and delete; repack with {advice}",
    )


def _unspecified(document: Document) -> Iterator[Note]:
    metadata = document.array
    if not isinstance(metadata, ArrayV3Metadata):
        return
    names = [str(codec.to_dict()["name"]) for codec in metadata.codecs]
    own = sorted(name for name in names if name.startswith("numcodecs."))
    if own:
        yield Note(
            "unspecified-codecs",
            f"the specification does not define {', '.join(own)}: other implementations may not "
            "read the array",
        )
