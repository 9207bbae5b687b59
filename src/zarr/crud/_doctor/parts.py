"""The parts of a read, each alone: opening, fetching, decoding, copying."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._codec_chain import decode_chunk
from zarr.crud._doctor.report import Parts
from zarr.crud._doctor.sample import Sample, chunks_in
from zarr.crud._doctor.timing import Clock, median_of, timed
from zarr.crud._encoded import read_encoded_chunk
from zarr.crud._nodes import read_metadata
from zarr.crud._options import Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import Location

MOST: Final = 16
"""The most chunks that are fetched and decoded; the times count for all of the sample."""

ONE_THREAD: Final = Options(concurrency=1)


class Fetched(NamedTuple):
    """Stored chunks of the sample, and the time of the parts."""

    parts: Parts
    values: dict[tuple[int, ...], bytes]
    missing: int
    """Chunks that are not stored."""
    looked_at: int

    def stored_nbytes(self, chunks: int) -> int | None:
        """Return the stored size of so many chunks, by that of those that were fetched."""
        if not self.values:
            return None
        return sum(map(len, self.values.values())) * chunks // self.looked_at


def parts_of(
    document: Document, location: Location, sample: Sample, decoded: Any, most: int, seconds: float
) -> Fetched:
    """Measure the parts of a read of the sample, whose elements are `decoded`.

    They are `None` if they could not be read.
    """
    store, path = location
    opened = _best_of(lambda: read_metadata(store, path=path))
    if document.chunk_nbytes > most:
        return Fetched(Parts(opened, None, None, None), {}, 0, 0)
    clock = Clock(seconds)
    found: dict[tuple[int, ...], bytes | None] = {}
    fetch = 0.0
    for index in islice(chunks_in(document, sample.box), MOST):
        if found and (clock.left < 0 or len(found) * document.chunk_nbytes > most):
            break
        fetch += timed(
            lambda index=index: found.setdefault(  # type: ignore[misc]
                index, read_encoded_chunk(document, store, index, path=path, detached=True)
            )
        )
    values = {index: value for index, value in found.items() if value is not None}
    scale = sample.chunks / len(found)
    parts = Parts(opened, fetch * scale, None, None)
    if decoded is not None:
        copied = _best_of(lambda: np.array(decoded, copy=True))
        decoding = _decoding(document, values) * scale if values else None
        parts = Parts(opened, fetch * scale, decoding, copied)
    return Fetched(parts, values, len(found) - len(values), len(found))


def _decoding(document: Document, values: dict[tuple[int, ...], bytes]) -> float:
    def decode() -> None:
        for index, value in values.items():
            decode_chunk(document, value, index=index, options=ONE_THREAD)

    return _best_of(decode, 2)


def _best_of(call: Callable[[], object], rounds: int = 3) -> float:
    return median_of(timed(call) for _ in range(rounds))
