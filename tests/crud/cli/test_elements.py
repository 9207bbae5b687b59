"""Elements as text, records, files and JSON."""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import Any

import numpy as np
import pytest

from zarr.crud._cli import elements


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 2, 3), (0,), (2, 0), (0, 3)])
def test_every_shape_is_written(shape: tuple[int, ...]) -> None:
    """Catches a rank or an empty axis that ends with an exception."""
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    text, file = StringIO(), BytesIO()
    elements.write_text([values], shape, text)
    assert [int(word) for word in text.getvalue().split()] == values.reshape(-1).tolist()
    elements.write_npy([values], shape, values.dtype, file)
    file.seek(0)
    assert np.array_equal(np.load(file), values)
    assert elements.for_json([values], shape) == values.tolist()


def test_pieces_are_joined() -> None:
    """Catches an empty line at the border of two pieces, or none between two planes."""
    values = np.arange(12).reshape(3, 2, 2)
    text = StringIO()
    elements.write_text([values[:2], values[2:]], (3, 2, 2), text)
    assert text.getvalue() == "0 1\n2 3\n\n4 5\n6 7\n\n8 9\n10 11\n"


@pytest.mark.parametrize(("values", "expected"), [
    (np.array([1 + 2j]), [[1.0, 2.0]]),
    (np.array([b"a\xff"]), ["a\xff"]),
    (np.array([(1, 2.5)], dtype="i2,f8"), [[1, 2.5]]),
    (np.array(["2026-01-01"], dtype="M8[D]"), ["2026-01-01"]),
])  # fmt: skip
def test_json_has_a_form_for_each_type(values: Any, expected: Any) -> None:
    """Catches an element that JSON cannot hold."""
    assert elements.for_json([values], values.shape) == expected


def test_bytes_are_written_as_in_python() -> None:
    """Catches the name of a class in the place of an element."""
    text = StringIO()
    elements.write_text([np.array([b"a\xff", b"c"])], (2,), text)
    assert text.getvalue() == "b'a\\xff' b'c'\n"
