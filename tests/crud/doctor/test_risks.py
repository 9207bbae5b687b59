"""What is risky about an array."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from tests.crud.doctor.arrays import Array, ragged
from zarr import crud
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.crud._doctor.risks import risks_of, too_large


def kinds(array: Array, **given: Any) -> list[str]:
    """The risks of an array."""
    given = {"is_stored": True} | given
    return [note.kind for note in risks_of(array.document, array.fetched(), **given)]


@pytest.mark.parametrize(("members", "expected"), [
    ({}, ["undetected-damage"]),
    ({"compressors": [ZstdCodec(), Crc32cCodec()]}, []),
    ({"shards": (6, 4)}, ["undetected-damage"]),
])  # fmt: skip
def test_damage_that_goes_unnoticed_is_a_risk(members: Any, expected: list[str]) -> None:
    """Catches an array with checksums that is warned of, or one without that is not."""
    assert kinds(ragged(**members)) == expected


def test_what_is_missing_is_a_risk() -> None:
    """Catches fill values that look like data."""
    array = ragged(compressors=Crc32cCodec())
    array.stored[0:3, 0:2] = 0
    assert kinds(array) == ["missing-chunks"]
    assert kinds(array, is_stored=False) == ["nothing-stored"]


@pytest.mark.parametrize(("shape", "chunks", "expected"), [
    ((1 << 31,), (1 << 31,), "huge-chunks"),
    ((10**6, 10), (1, 10), "many-chunks"),
])  # fmt: skip
def test_sizes_are_risks(shape: Any, chunks: Any, expected: str) -> None:
    """Catches a size that nobody is warned of."""
    array = Array(shape=shape, chunks=chunks, dtype="u1", compressors=Crc32cCodec())
    notes = list(risks_of(array.document, None, is_stored=True))
    assert [note.kind for note in notes] == [expected]


@pytest.mark.filterwarnings("ignore")
def test_codecs_without_a_specification_are_a_risk() -> None:
    """Catches an array that only zarr-python reads."""
    from zarr.codecs.numcodecs import Zlib

    assert "unspecified-codecs" in kinds(ragged(compressors=Zlib()))


def test_nothing_is_read_for_a_reason() -> None:
    """Catches an empty report."""
    [note] = too_large(ragged().document, 47)
    assert note.kind == "not-read"
    assert "48 B" in note.message
    store = zarr.storage.MemoryStore()
    zarr.create_array(store, shape=(0,), dtype="i2")
    assert crud.doctor(store).risks[0].kind == "no-elements"
