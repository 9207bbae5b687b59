"""Many points and few, which are grouped and read in different ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.points import points, some
from tests.bindings.support import LITTLE, ZSTD, document, done, local, ramp, sharding

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "codecs", [(LITTLE,), (LITTLE, ZSTD), (sharding((10, 100), LITTLE, ZSTD),)]
)
@pytest.mark.parametrize("order", ["random", "mask", "reversed", "half random", "half in order"])
def test_many_points_read_what_numpy_reads(
    tmp_path: Path, codecs: tuple[Any, ...], order: str
) -> None:
    """Catches points that are lost between threads, and wrong groups in sparse or dense grids."""
    value = ramp((700, 900))
    rows, columns = np.nonzero(np.random.default_rng(1).random((700, 900)) < 0.4)
    if order != "mask":
        turn = np.arange(rows.size)
        half = slice(None) if order == "random" else slice(rows.size // 2)
        if order == "half in order":
            half = slice(rows.size // 2, None)
        if order == "reversed":
            turn = turn[::-1]
        else:
            turn[half] = np.random.default_rng(2).permutation(turn[half])
        rows, columns = rows[turn], columns[turn]
    for chunks in ((100, 100), (350, 900), (10, 100)):
        ours = local(tmp_path / str(chunks), document((700, 900), chunks, codecs=codecs))
        ours.write_all(value)
        work = done(
            lambda: np.testing.assert_array_equal(
                ours.read_points(points(rows, columns)),  # noqa: B023
                value[rows, columns],
            )
        )
        assert work["chunks_decoded"] <= 700 * 900 // (10 * 100)
        ours.write_points(-value[rows, columns], points(rows, columns))
        expected = value.copy()
        expected[rows, columns] *= -1
        np.testing.assert_array_equal(ours.read_all(), expected)


def test_only_what_is_near_points_of_a_large_raw_chunk_is_read(tmp_path: Path) -> None:
    """Catches whole chunks read for a few points."""
    value = ramp((1000, 1000))
    ours = local(tmp_path, document((1000, 1000), (500, 1000)))
    ours.write_all(value)
    rows, columns = some(9, (40,), (1000, 1000))
    work = done(
        lambda: np.testing.assert_array_equal(
            ours.read_points(points(rows, columns)), value[rows, columns]
        )
    )
    assert work["bytes_read"] < 40 * 6500
    work = done(lambda: ours.read_points(points(rows[:1], columns[:1])))
    assert work["bytes_read"] == 4
