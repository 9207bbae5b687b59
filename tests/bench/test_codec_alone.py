"""The codec library alone does exactly the codec work of a cell."""

from __future__ import annotations

import numpy as np
import pytest

from bench.cells import APPENDED, EVERYTHING, Cell
from bench.codec_alone import LIBRARIES, block, codec_jobs, codec_sample, touched
from bench.layouts import Layout
from bench.report import as_json, page
from bench.timing import Measured

LAYOUT = Layout((7, 5), (3, 2), "zstd")
WHOLE = EVERYTHING[:2]


@pytest.mark.parametrize("codec", LIBRARIES)
def test_what_is_decoded_is_what_the_array_holds(codec: str) -> None:
    """Catches codec work on less data than the peers decode, or on different data."""
    layout = Layout((7, 5), (3, 2), codec)
    jobs = list(codec_jobs(Cell("whole", "region", layout, (WHOLE,))))
    assert [value for _, value in jobs] == [None] * 9
    for index, (stored, _) in zip(np.ndindex(3, 3), jobs, strict=True):
        found = np.frombuffer(LIBRARIES[codec].decode(stored), np.uint16).reshape(3, 2)
        np.testing.assert_array_equal(found, block(layout, index))
    edge = np.zeros((3, 2), np.uint16)
    edge[:1, :1] = layout.data()[6:, 4:]
    np.testing.assert_array_equal(block(layout, (2, 2)), edge)


def test_the_touched_chunks_are_those_of_the_selection() -> None:
    """Catches chunks that need not be decoded, or that are forgotten."""

    def of(kind: object, place: object) -> dict[object, bool]:
        return dict(touched(Cell("", kind, LAYOUT, (place,))))  # type: ignore[arg-type]

    assert of("chunk", (2, 1)) == {(2, 1): True}
    assert of("element", (6, 1)) == {(2, 0): False}
    assert set(of("region", (slice(1, None, 3), slice(0, 4)))) == set(np.ndindex(3, 2))
    assert set(of("rows", (np.array([0, 6]),))) == {(i, j) for i in (0, 2) for j in range(3)}
    assert set(of("points", (np.array([0, 1, 6]), np.array([0, 1, 4])))) == {(0, 0), (2, 2)}
    box = of("write part", (slice(2, 7), slice(2, 5)))
    assert box == {(i, j): i > 0 for i in range(3) for j in (1, 2)}


def test_writes_encode_what_they_touch_and_decode_what_they_do_not_cover() -> None:
    """Catches codec work that decodes what a write replaces, or does not decode what it keeps."""
    box = Cell("box", "write part", LAYOUT, ((slice(2, 7), slice(2, 5)),))
    assert [stored is None for stored, _ in codec_jobs(box)] == [False, False, *[True] * 4]
    assert all(value is not None for _, value in codec_jobs(box))
    append = Cell("append", "append", LAYOUT, (WHOLE,))
    covered = touched(append)
    last = -(-(7 + APPENDED) // 3)
    assert covered == {(i, j): i > 2 for i in range(2, last) for j in range(3)}


def test_raw_arrays_have_none_and_the_page_has_a_column() -> None:
    """Catches a figure for codec work that an uncompressed array does not need."""
    assert codec_sample(Cell("raw", "chunk", Layout((7, 5), (3, 2), "raw"), ((0, 0),))) is None
    cell = Cell("chunk", "chunk", LAYOUT, ((0, 0),))
    alone = codec_sample(cell)
    assert alone is not None
    assert alone() > 0
    document = as_json([Measured(cell, {"crud zarrs": 2e-3}, codec=1e-3)], [], 1)
    text = page(document | {"facade": {}, "arrays": {}, "native": {}}, [])
    assert "| chunk | 1 ms | - |" in text
