"""Sizes, times and arrays in a few characters."""

from __future__ import annotations

import pytest

from tests.crud.doctor.arrays import ragged
from zarr.crud._doctor import words


@pytest.mark.parametrize(("nbytes", "text"), [
    (0, "0 B"), (999, "999 B"), (1000, "0.977 KiB"), (1 << 20, "1 MiB"), (1 << 70, "1,024 EiB"),
])  # fmt: skip
def test_sizes_have_a_unit(nbytes: int, text: str) -> None:
    """Catches a size of the wrong power."""
    assert words.size(nbytes) == text


def test_an_array_is_one_line() -> None:
    """Catches a layout that is not described."""
    assert words.array(ragged(zarr_format=2, compressors=None).document) == (
        "7 x 5 <i8, 280 B, in 9 chunks of 3 x 2, 48 B; no codecs"
    )
    assert words.array(ragged(shards=(6, 4)).document).endswith(
        "in 4 shards of 6 x 4, 192 B with chunks of 3 x 2; sharding_indexed(bytes, zstd)"
    )
