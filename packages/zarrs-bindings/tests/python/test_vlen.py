"""Reads and writes of elements of variable length: accepted arrays, and positions in them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.points import points
from tests.bindings.support import Bridge, document, everything, positions

TEXT, OBJECT = np.dtypes.StringDType(), np.dtype("O")
WORDS = np.array([f"{n}é" * (n % 4) for n in range(35)], TEXT).reshape(7, 5)
CODEC = {"name": "vlen"}


def described(text: bool, fill: bytes = b"?", shape: tuple[int, ...] = (7, 5)) -> str:
    kind = {"name": "vlen", "configuration": {"text": text}}
    chunks = (3, 2)[: len(shape)]
    return document(shape, chunks, fill=list(fill), codecs=(CODEC,), data_type=kind)


def stored(*axes: Any, text: bool = True) -> tuple[zb.PythonStore, Any]:
    """A store of `WORDS`, and the values that a read of the given axes returns."""
    store = zb.PythonStore(Bridge())
    values = WORDS if text else np.array([w.encode() for w in WORDS.ravel()], "O").reshape(7, 5)
    zb.write_region(described(text), store, everything((7, 5)), values, "", None)
    return store, values[np.ix_(*axes)] if axes else values


@pytest.mark.parametrize("text", [True, False])
def test_elements_come_back_in_their_places(*, text: bool) -> None:
    """Catches elements in the wrong places of a result that is not in C order."""
    store, expected = stored([6, 4, 2], [4, 1], text=text)
    dtype = TEXT if text else OBJECT
    for out in (None, np.empty((2, 3), dtype).T, np.empty((6, 4), dtype)[::-2, ::2]):
        found = zb.read_region(
            described(text), store, ((6, -2, 3), positions(4, 1)), "", dtype, out, None
        )
        assert out is None or found is out
        assert found.tolist() == expected.tolist()
    column = zb.read_region(described(text), store, ((0, 1, 7), 3), "", dtype, None, None)
    assert column.tolist() == stored(text=text)[1][:, 3].tolist()
    chosen = points(positions(6, 0, 6), positions(4, 0, 4))
    some = zb.read_region(described(text), store, chosen, "", dtype, None, None)
    assert some.tolist() == stored(text=text)[1][[6, 0, 6], [4, 0, 4]].tolist()


def test_chunks_hold_the_format_of_vlen_utf8() -> None:
    """Catches stored tokens instead of text, and a view that is read as if it were contiguous."""
    bridge = Bridge()
    zb.write_region(
        described(text=True), zb.PythonStore(bridge), (0, (0, 1, 5)), WORDS[::-1][0], "", None
    )
    words = [*WORDS[6, :2].tolist(), *["?"] * 4]
    coded = [word.encode() for word in words]
    expected = b"".join(struct.pack("<I", len(word)) + word for word in coded)
    assert bridge.values["c/0/0"] == struct.pack("<I", 6) + expected


REFUSED: list[tuple[bool, Any]] = [
    (True, np.dtype("O")),
    (True, np.dtype("U9")),
    (True, np.dtype("i8")),
    (False, TEXT),
    (False, np.dtype("S9")),
]


@pytest.mark.parametrize(("text", "dtype"), REFUSED)
def test_an_array_of_another_dtype_is_refused(text: bool, dtype: Any) -> None:
    """Catches memory of one kind that is used as references of another."""
    bridge = Bridge()
    store, whole = zb.PythonStore(bridge), everything((7, 5))
    name = "StringDType" if text else "object"
    right = TEXT if text else OBJECT
    wrong = np.zeros((7, 5), dtype)
    with pytest.raises(RuntimeError, match=f"^value-shape: dtype .*; use {name}"):
        zb.read_region(described(text), store, whole, "", dtype, None, None)
    with pytest.raises(RuntimeError, match=f"^value-shape: dtype .*; use {name}"):
        zb.read_region(described(text), store, whole, "", right, wrong, None)
    with pytest.raises(RuntimeError, match=f"^value-shape: dtype .*; use {name}"):
        zb.write_region(described(text), store, whole, wrong, "", None)
    assert (bridge.asked, bridge.values) == ([], {})


def test_shapes_that_do_not_fit_and_frozen_arrays_are_refused() -> None:
    """Catches elements that are written outside an array, or into a read-only one."""
    store, whole = stored()[0], everything((7, 5))
    frozen = np.empty((7, 5), TEXT)
    frozen.flags.writeable = False
    for out, words in ((np.empty((5, 7), TEXT), "out has shape"), (frozen, "out is not writeable")):
        with pytest.raises(RuntimeError, match=f"^value-shape: {words}"):
            zb.read_region(described(text=True), store, whole, "", TEXT, out, None)
    with pytest.raises(RuntimeError, match=r"^value-shape: value has shape"):
        zb.write_region(described(text=True), store, whole, np.empty((5, 7), TEXT), "", None)
    small = zb.Options(decoded_size_budget=35 * 16 - 1)
    with pytest.raises(RuntimeError, match=r"^budget: the result"):
        zb.read_region(described(text=True), store, whole, "", TEXT, None, small)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0)])
def test_missing_chunks_of_any_rank_hold_the_fill_value(shape: tuple[int, ...]) -> None:
    """Catches a result of no elements, or of one, that is left unset."""
    store, whole = zb.PythonStore(Bridge()), everything(shape)
    text = described(text=True, fill="é".encode(), shape=shape)
    found = zb.read_region(text, store, whole, "", TEXT, None, None)
    assert found.tolist() == np.full(shape, "é", TEXT).tolist()
