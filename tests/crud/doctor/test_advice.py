"""What would make reads faster, by measurements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.crud.doctor.arrays import Array, ragged
from zarr.codecs import BloscCodec
from zarr.crud._doctor import advice
from zarr.crud._doctor.advice import Measured, advice_of
from zarr.crud._doctor.alternatives import Tried
from zarr.crud._doctor.parts import Fetched
from zarr.crud._doctor.report import Note, Parts, WayTimes
from zarr.crud._doctor.sample import of_selection


def known(array: Array, **given: Any) -> Measured:
    """What is measured of an array."""
    values = np.asarray(array.stored[...])
    fetched = array.fetched()
    of_all: Any = {"ways": (), "fetched": fetched, "is_pattern": False, "sample": array.sample()}
    of_all |= given
    return Measured(
        array.document, array.location, of_all["sample"], values, of_all["ways"],
        of_all["fetched"], "own", of_all["is_pattern"],
    )  # fmt: skip


def of_kind(found: Measured, kind: str) -> list[Note]:
    """The advice of one kind."""
    return [note for note in advice_of(found) if note.kind == kind]


def way(name: str, seconds: float | None) -> WayTimes:
    """A way of this speed."""
    return WayTimes(name, seconds, 1, 1, True, None, None)


def test_the_fastest_engine_is_named() -> None:
    """Catches an engine that is slower, or no gain that is told as one."""
    ways = (way("zarr", 6.0), way("zarr, fused", 1.0), way("zarrs", 2.0), way("reference", None))
    [note] = of_kind(known(ragged(), ways=ways), "engine")
    assert "'zarrs' reads the sample 3x as fast" in note.message
    assert of_kind(known(ragged(), ways=(way("zarr", 1.0), way("zarrs", 0.9))), "engine") == []


def test_a_pattern_is_compared_with_chunks() -> None:
    """Catches rows that are read from square chunks without a word."""
    array = ragged()
    sample = of_selection(array.document, 1, 10_000)
    [note] = of_kind(known(array, sample=sample, is_pattern=True), "chunk-shape")
    assert "decodes 3.6x the elements" in note.message
    whole = known(array, is_pattern=True)
    assert of_kind(whole, "chunk-shape") == []


def test_large_chunks_are_measured_by_an_element() -> None:
    """Catches advice without a measurement."""
    array = Array(data=np.zeros((600, 600)), chunks=(512, 512))
    [note] = of_kind(known(array), "chunk-shape")
    assert "because 2 MiB are decoded" in note.message
    assert "512x for one position of axis 0" in note.message


@pytest.mark.parametrize(("times", "sizes", "expected"), [
    ((4.0, 1.0, 2.0, 0.1), (100, 90, 100, 1000), "zstd in place of 'own' decodes"),
    ((4.0, 3.9, 3.9, 0.1), (100, 90, 100, 1000), None),
    ((4.0, 1.0, 1.0, 0.1), (100, 200, 200, 1000), None),
    ((4.0, 1.0, 1.0, 0.1), (990, 990, 990, 1000), "'own' saves 1% of the bytes; 40x as fast"),
])  # fmt: skip
def test_codecs_are_compared(
    monkeypatch: pytest.MonkeyPatch, times: Any, sizes: Any, expected: str | None
) -> None:
    """Catches a codec that is faster only because it is larger."""
    names = ("own", "zstd", "blosc", "no compressor")
    found = list(map(Tried, names, times, sizes))
    monkeypatch.setattr(advice, "tried", lambda *_: found)
    fetched = Fetched(Parts(0.1, 1.0, 8.0, 1.0), {(0, 0): b"x"}, 0, 1)
    notes = of_kind(known(ragged(), fetched=fetched), "codec")
    assert len(notes) == (expected is not None)
    assert all(str(expected) in note.message for note in notes)
    fetching = Fetched(Parts(0.1, 8.0, 1.0, 1.0), {(0, 0): b"x"}, 0, 1)
    assert of_kind(known(ragged(), fetched=fetching), "codec") == []


def test_small_chunks_are_compared_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches thousands of small chunks that nobody sees, or large ones that are blamed."""
    monkeypatch.setattr(advice, "tried", lambda *_: [Tried("own", 0.001, 100)])
    array = Array(data=np.arange(100), chunks=2)
    [note] = of_kind(known(array, ways=(way("zarrs", 1.0),)), "small-chunks")
    assert "chunks of 16 B reach 800 B per second" in note.message
    assert of_kind(known(array, ways=(way("zarrs", 0.0015),)), "small-chunks") == []
    large = Array(data=np.arange(20_000), chunks=10_000)
    assert of_kind(known(large, ways=(way("zarrs", 1.0),)), "small-chunks") == []


def test_a_larger_gap_is_counted() -> None:
    """Catches advice to fetch more, without fewer requests."""
    noise = np.random.default_rng(7).integers(0, 255, (8, 2 << 20), dtype="u1")
    array = Array(data=noise, chunks=(1, 1 << 20), shards=(8, 2 << 20), compressors=None)
    sample = of_selection(array.document, (slice(None), slice(0, 1 << 20)), 1 << 30)
    notes = of_kind(known(array, sample=sample), "coalescing")
    assert all("requests instead of" in note.message for note in notes)
    assert of_kind(known(ragged(shards=(6, 4))), "coalescing") == []


def test_kept_chunks_are_measured_and_forgotten() -> None:
    """Catches a cache of the process that stays filled."""
    from zarr.zarrs import chunk_cache_clear, chunk_cache_info

    chunk_cache_clear()
    array = Array(data=np.arange(1 << 20), chunks=1 << 20, compressors=BloscCodec())
    notes = of_kind(known(array, ways=(way("zarrs", 1.0),)), "chunk-cache")
    assert all("instead of" in note.message for note in notes)
    assert chunk_cache_info().bound == 0
