"""Arrays that the conformance suite draws, and their elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from tests.crud.testing.reached import reached
from zarr.crud.testing import Layout, layouts, some_values
from zarr.crud.testing._documents import document_of
from zarr.crud.testing._strategies import DTYPES, STRUCT, alike, format3_layouts, serializer


@given(layout=format3_layouts())
@settings(max_examples=20)
@pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning")
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`")
def test_zarr_creates_what_is_drawn(layout: Layout) -> None:
    """Catches a layout that is refused, so that nothing is tested."""
    document = document_of(layout)
    assert (document.shape, document.dtype) == (layout.shape, layout.dtype.newbyteorder("="))
    shards = layout.keywords.get("shards")
    assert document.chunk_shape == (shards["shape"] if shards else layout.chunks)


KINDS: dict[str, Any] = {
    "shards": lambda it: "shards" in it.keywords and it.shape,
    "no shards": lambda it: "shards" not in it.keywords and it.shape,
    "format 2": lambda it: it.keywords.get("zarr_format") == 2,
    "filters": lambda it: it.keywords["filters"],
    "rank 0": lambda it: it.shape == (),
}


def test_draws_reach_every_kind_of_layout() -> None:
    """Catches a strategy that never draws what its name promises."""
    assert reached(layouts(), KINDS) == set(KINDS)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_some_values_are_the_fill_value_and_some_are_not(dtype: np.dtype[Any]) -> None:
    """Catches draws in which chunks are never empty, or always."""
    fill = np.ones((), dtype)[()] if dtype.kind not in "UV" else np.zeros((), dtype)[()]
    values = some_values(dtype, (20, 15), 7, fill)
    assert (values.shape, values.dtype) == ((20, 15), dtype)
    flat, one = values.reshape(-1), np.array(fill, dtype).tobytes()
    count = sum(flat[place : place + 1].tobytes() == one for place in range(300))
    assert 50 < count < 250
    assert values.tobytes() == some_values(dtype, (20, 15), 7, fill).tobytes()
    assert some_values(dtype, (), 7, fill).shape == ()
    assert some_values(dtype, (0, 3), 7, fill).shape == (0, 3)


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8", "<c8", ">c16"])
@pytest.mark.parametrize("fill", [0.0, -0.0, np.nan])
def test_values_that_only_compare_like_the_fill_value_have_other_bits(
    dtype: str, fill: float
) -> None:
    """Catches a comparison by value that no test would catch."""
    fills = np.full((2, 3), fill, dtype)
    found = alike(fills)
    assert (found.dtype, found.shape) == (fills.dtype, fills.shape)
    assert np.array_equal(found, fills, equal_nan=True)
    assert all(one.tobytes() != other.tobytes() for one, other in zip(found, fills, strict=True))
    other = np.full(3, 1.5 if fills.dtype.kind == "f" else 1.5 + 2.5j, dtype)
    assert alike(other).tobytes() == other.tobytes()


def test_only_elements_of_several_bytes_have_a_byte_order() -> None:
    """Catches a serializer that zarr warns about."""
    for name in ("S5", "V6", "?", "i1", "int4", "float8_e5m2"):
        assert serializer(np.dtype(name), "big").endian is None
    for dtype in (np.dtype("i2"), np.dtype("U3"), np.dtype("bfloat16"), STRUCT):
        assert str(serializer(dtype, "big").endian).endswith("big")
