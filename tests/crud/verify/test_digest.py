"""Digests: stable across all that changes no element, and different for all that does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr import crud
from zarr.crud._verify.digest import all_equal, digest_of, sums_of
from zarr.crud._verify.numbers import numbers_of
from zarr.storage import MemoryStore

VALUES = np.random.default_rng(5).integers(0, 3, (7, 5)).astype("f4")


def digest(values: Any, **options: Any) -> str:
    """The digest of an array that is created with these options."""
    store = MemoryStore()
    zarr.create_array(store, data=values, **options)
    (array,) = crud.verify(store, digest=True).arrays
    assert array.digest is not None
    return array.digest


STORED: list[dict[str, Any]] = [
    {"chunks": (7, 5)},
    {"chunks": (1, 1), "compressors": None},
    {"chunks": (2, 5), "fill_value": 1},
    {"chunks": (3, 2), "fill_value": np.nan, "filters": None},
    {"chunks": (3, 2), "shards": (6, 4)},
    {"chunks": (2, 2), "zarr_format": 2},
    {"chunks": (2, 2), "zarr_format": 2, "order": "F", "compressors": None},
    {"chunks": (2, 2), "config": {"write_empty_chunks": True}},
    {"chunks": (4, 3), "serializer": zarr.codecs.BytesCodec(endian="big")},
    {"chunks": (4, 3), "filters": [zarr.codecs.TransposeCodec(order=(1, 0))]},
]


@pytest.mark.parametrize("options", STORED)
def test_the_digest_does_not_depend_on_how_elements_are_stored(options: dict[str, Any]) -> None:
    """Catches a digest of bytes, chunks, fill values or formats instead of elements."""
    assert digest(VALUES, **options) == digest(VALUES, chunks=(3, 3))
    big = (
        digest(VALUES.astype(">f4"), **({"zarr_format": 2} | options))
        if ("serializer" not in options and "shards" not in options and "filters" not in options)
        else None
    )
    assert big in (None, digest(VALUES, chunks=(3, 3)))


@pytest.mark.parametrize(
    "dtype",
    ["?", "i1", "f2", "c8", "c16", "M8[s]", "S5", "U3", [("a", "u1"), ("b", "f8"), ("c", "U2")]],
    ids=str,
)
def test_every_data_type_has_a_digest_in_either_byte_order(dtype: Any) -> None:
    """Catches a data type that fails, or whose digest depends on the machine that wrote it."""
    values = np.arange(35).reshape(7, 5) % 3
    one = np.zeros((7, 5), dtype)
    if one.dtype.names is None:
        one[...] = values.astype(one.dtype)
    else:
        one["a"], one["b"], one["c"] = values, values * np.nan, values.astype("U2")
    plain: Any = {"zarr_format": 2, "compressors": None, "fill_value": None}
    little = digest(one.astype(one.dtype.newbyteorder("<")), chunks=(7, 5), **plain)
    big = digest(one.astype(one.dtype.newbyteorder(">")), chunks=(3, 2), **plain)
    assert little == big
    other = one.copy()
    other[6, 4] = other[6, 3]
    assert digest(other, chunks=(3, 2), **plain) != little


def test_chunks_of_several_shapes_have_a_digest() -> None:
    """Catches a box that is cut at the wrong place."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        ragged: Any = [[3, 4], [1, 1, 3]]
        assert digest(VALUES, chunks=ragged) == digest(VALUES, chunks=(7, 5))


def test_the_digest_is_this_one() -> None:
    """Catches another definition under the same version: digests are kept for years."""
    assert digest(np.arange(6, dtype="i4").reshape(2, 3), chunks=(2, 2)) == PINNED["i4"]
    assert digest(np.array(["a", "", "é"]), chunks=(2,)) == PINNED["text"]
    assert digest(np.array(5, dtype="u1")) == PINNED["u1"]


PINNED = {
    "i4": "zd1:ae0f76611cfbb5a4c3b1380cf3474b0d",
    "text": "zd1:c918b1a6e00f44bbe780770387ef1ccd",
    "u1": "zd1:a8cc478352454c05c33769580d19063c",
}


@given(
    shape=st.lists(st.integers(1, 5), min_size=0, max_size=4).map(tuple),
    seed=st.integers(0, 1000),
    fill=st.integers(0, 3),
)
def test_boxes_add_up(shape: tuple[int, ...], seed: int, fill: int) -> None:
    """Catches keys of a box that are not those of the whole, or a closed form that is wrong."""
    random = np.random.default_rng(seed)
    values = random.integers(0, 4, shape).astype("i8") if shape else np.array(seed)
    whole = sums_of(values, [(0, n) for n in shape])
    less = int(numbers_of(np.array([fill], "i8"))[0])
    lanes = list(all_equal(less, shape))
    cut = [int(random.integers(0, n + 1)) for n in shape]
    for corner in np.ndindex((2,) * len(shape)):
        spans = [
            (0, at) if side == 0 else (at, n)
            for side, at, n in zip(corner, cut, shape, strict=True)
        ]
        place: Any = (*(slice(*span) for span in spans), ...)
        box = values[place]
        for lane, one in enumerate(sums_of(box, spans, less)):
            lanes[lane] = (lanes[lane] + one) % 2**64
    assert tuple(lanes) == whole


def test_far_positions_have_keys_of_all_their_digits() -> None:
    """Catches a sum over more positions than a loop could visit, or equal keys 2**16 apart."""
    one = np.ones(3, "u1")
    far = [sums_of(one, [(start, start + 3)]) for start in (0, 2**16, 2**32, 2**62)]
    assert len(set(far)) == 4
    length = 2**16 + 5
    expected = sums_of(np.full(length, 7, "u1"), [(0, length)])
    assert all_equal(int(numbers_of(np.array([7], "u1"))[0]), (length,)) == expected
    assert all_equal(1, (2**63 - 1, 2**63 - 1)) != (0, 0)


def test_each_change_changes_the_digest() -> None:
    """Catches a swap, a transposition, a shift or another shape that goes unnoticed."""
    values = np.arange(12, dtype="u1").reshape(3, 4)
    others = [
        values[::-1],
        values[:, ::-1],
        values.T.reshape(3, 4),
        values.reshape(4, 3),
        values.astype("u2"),
        values ^ np.array([[128]], "u1"),
        np.where(values == 5, 128 + 5, values).astype("u1"),
    ]
    found = {digest(one, chunks=(2, 2)) for one in [values, *others]}
    assert len(found) == len(others) + 1


def test_long_rows_and_many_short_rows_are_summed_in_parts() -> None:
    """Catches a block that is skipped at the end of a row."""
    for shape in ((1, 100_000), (100_000, 1), (3, 40_000), (50_000, 2)):
        values = np.random.default_rng(1).integers(0, 255, shape).astype("u1")
        half = shape[0] // 2
        whole = sums_of(values, [(0, n) for n in shape])
        parts = [
            sums_of(values[:half], [(0, half), (0, shape[1])]),
            sums_of(values[half:], [(half, shape[0]), (0, shape[1])]),
        ]
        assert tuple(sum(lane) % 2**64 for lane in zip(*parts, strict=True)) == whole


def test_an_array_without_elements_has_a_digest_of_its_shape() -> None:
    """Catches equal digests of two empty arrays, or none."""
    one = zarr.create_array({}, shape=(0, 3), dtype="u1").metadata
    other = zarr.create_array({}, shape=(3, 0), dtype="u1").metadata
    from zarr.crud._document.cache import as_document

    assert sums_of(np.empty((0, 3)), [(0, 0), (0, 3)]) == (0, 0)
    assert digest_of(as_document(one), (0, 0)) != digest_of(as_document(other), (0, 0))
