"""What would make reads of an array faster, each with what was measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.crud._doctor.alternatives import Tried, tried
from zarr.crud._doctor.counting import CountingStore
from zarr.crud._doctor.readers import NATIVE
from zarr.crud._doctor.report import Note, WayTimes
from zarr.crud._doctor.sample import unit_of
from zarr.crud._doctor.timing import median_of, timed
from zarr.crud._doctor.words import ratio, seconds, shape, size
from zarr.crud._document.shards import subchunk_shape
from zarr.crud._options import Options
from zarr.crud._regions import read_region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.crud._doctor.parts import Fetched
    from zarr.crud._doctor.sample import Sample
    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import Location

FASTER: Final = 1.25
"""How much faster something must be to be mentioned."""

SMALL: Final = 64 << 10
"""Decoded bytes of a chunk below which its own costs may be those of a read."""

WIDE_GAP: Final = 8 << 20


class Measured(NamedTuple):
    """What is known about an array."""

    document: Document
    location: Location
    sample: Sample
    decoded: Any
    """The elements of the sample."""
    ways: tuple[WayTimes, ...]
    fetched: Fetched
    codecs: str
    is_pattern: bool
    """Whether the caller has named the selection, as one that the array is read by."""


def advice_of(known: Measured) -> Iterator[Note]:
    """Yield what would help."""
    chains = tried(known.document, known.decoded, known.codecs)
    yield from _engine(known)
    yield from _shape(known)
    yield from _codec(known, chains)
    yield from _small_chunks(known, chains)
    yield from _gap(known)
    yield from _cache(known)


def _engine(known: Measured) -> Iterator[Note]:
    times = {way.name: way.seconds for way in known.ways if way.seconds}
    engines = {name: time for name, time in times.items() if not name.startswith(NATIVE + ",")}
    if NATIVE not in times:
        return
    name = min(engines, key=engines.__getitem__)
    speed = times[NATIVE] / engines[name]
    if speed >= FASTER and name != NATIVE:
        yield Note(
            "engine",
            f"the engine {name!r} reads the sample {ratio(speed)} as fast as zarr-python's "
            f"default: open the array with engine={name!r}, or call zarr.crud.read_region",
        )


def _shape(known: Measured) -> Iterator[Note]:
    """Compare what reads decode with what they return."""
    document, unit = known.document, unit_of(known.document)
    if known.is_pattern:
        whole = math.prod(
            (-(-part.stop // step) - part.start // step) * step
            for part, step in zip(known.sample.box, unit, strict=True)
        )
        share = whole / max(1, math.prod(known.sample.shape))
        if share >= 2:
            fitting = tuple(map(min, known.sample.shape, document.shape))
            yield Note(
                "chunk-shape",
                f"this selection decodes {ratio(share)} the elements that it returns; chunks of "
                f"{shape(fitting)}, its own shape, would hold just these",
            )
        return
    axes = [axis for axis, step in enumerate(unit) if step >= 16]
    nbytes = math.prod(unit) * document.dtype.itemsize
    if len(axes) < 2 or nbytes < 1 << 20:
        return
    time = median_of(timed(lambda: _element(known)) for _ in range(3))
    rows = ", ".join(f"{unit[axis]}x for one position of axis {axis}" for axis in axes[:3])
    yield Note(
        "chunk-shape",
        f"one element takes {seconds(time)}, because {size(nbytes)} are decoded for it; "
        f"reads decode {rows}: if such reads are common, repack with chunks that "
        "are thin on that axis",
    )


def _codec(known: Measured, found: list[Tried]) -> Iterator[Note]:
    parts = known.fetched.parts
    if parts.fetch is None or parts.decode is None or parts.copy is None:
        return
    if not found or parts.decode < 0.4 * (parts.fetch + parts.decode + parts.copy):
        return
    own, *others = found
    raw = next((one for one in others if one.name == "no compressor"), None)
    if raw is not None and own.nbytes >= 0.95 * raw.nbytes and own.seconds > FASTER * raw.seconds:
        yield Note("codec", f"{own.name!r} saves {_saved(own, raw)}; {_speed(raw, own)} without it")
        return
    small = [one for one in others if one.nbytes <= 1.1 * own.nbytes]
    best = min(small, key=lambda one: one.seconds, default=own)
    if own.seconds >= FASTER * best.seconds:
        yield Note(
            "codec",
            f"{best.name} in place of {own.name!r} decodes these elements {_speed(best, own)}, in "
            f"{best.nbytes / own.nbytes:.0%} of the bytes (tried on {size(_nbytes(known))})",
        )


def _small_chunks(known: Measured, found: list[Tried]) -> Iterator[Note]:
    """Compare the rate of reads with that of decoding the same elements as one chunk."""
    nbytes = math.prod(unit_of(known.document)) * known.document.dtype.itemsize
    times = [way.seconds for way in known.ways if way.seconds]
    if not found or not times or nbytes >= SMALL or known.sample.nbytes < 16 * nbytes:
        return
    read, whole = known.sample.nbytes / min(times), _nbytes(known) / found[0].seconds
    if whole >= 2 * read:
        yield Note(
            "small-chunks",
            f"the fastest reads of chunks of {size(nbytes)} reach {size(read)} per second; the "
            f"same elements in one chunk decode at {size(whole)} per second in one thread: repack "
            "with larger chunks",
        )


def _gap(known: Measured) -> Iterator[Note]:
    """Count the requests for parts of shards with a larger gap."""
    if subchunk_shape(known.document.array) is None:
        return
    usual, wide = (
        _counted(known, options) for options in (None, Options(coalesce_max_gap=WIDE_GAP))
    )
    if usual.requests >= 2 * wide.requests:
        yield Note(
            "coalescing",
            f"Options(coalesce_max_gap={WIDE_GAP >> 20} << 20) reads the sample in "
            f"{wide.requests} requests instead of {usual.requests}, with "
            f"{size(wide.nbytes - usual.nbytes)} more: faster where requests take long",
        )


def _counted(known: Measured, options: Options | None) -> CountingStore:
    document, location, sample = known[:3]
    store = CountingStore(location.store)
    given: Any = {"path": location.path, "detached": True, "options": options}
    read_region(document, store, sample.box, engine="reference", **given)
    return store


def _cache(known: Measured) -> Iterator[Note]:
    """Measure repeated reads with kept chunks, unless the process keeps some already."""
    if not any(way.name == "zarrs" and way.seconds for way in known.ways):
        return
    from zarr.zarrs import chunk_cache_clear, chunk_cache_info

    if chunk_cache_info().bound:
        return
    options = Options(chunk_cache=2 * known.sample.nbytes + (1 << 20))
    try:
        plain = median_of(timed(lambda: _element(known, engine="zarrs")) for _ in range(3))
        for _ in range(3):
            _element(known, engine="zarrs", options=options)
        kept = median_of(
            timed(lambda: _element(known, engine="zarrs", options=options)) for _ in range(3)
        )
        used = chunk_cache_info().hits
    finally:
        chunk_cache_clear()
    if used and plain >= 2 * kept:
        yield Note(
            "chunk-cache",
            f"an element of a chunk that Options(chunk_cache=...) keeps takes {seconds(kept)} "
            f"instead of {seconds(plain)}: set it if reads return to the same chunks",
        )


def _element(known: Measured, **given: Any) -> object:
    document, location, sample = known[:3]
    first = tuple(part.start for part in sample.box)
    return read_region(document, location.store, first, path=location.path, detached=True, **given)


def _nbytes(known: Measured) -> int:
    return min(int(known.decoded.nbytes), 4 << 20)


def _saved(own: Tried, raw: Tried) -> str:
    return f"{max(0.0, 1 - own.nbytes / raw.nbytes):.0%} of the bytes"


def _speed(one: Tried, other: Tried) -> str:
    return f"{ratio(other.seconds / one.seconds)} as fast"
