"""NumPy strings, with lengths for each of the ways in which NumPy stores them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bridge, document

TEXT = np.dtypes.StringDType()
# NumPy stores up to 15 bytes in the item, and from 256 bytes on a longer length field.
LENGTHS = [0, 1, 15, 16, 255, 256, 70_000]
WORDS = [*("ab\0é"[n % 4] * n for n in LENGTHS), "é" * 7, "\0", "a\0"]


def described(count: int) -> str:
    kind = {"name": "vlen", "configuration": {"text": True}}
    return document((count,), (count,), fill=[], codecs=({"name": "vlen"},), data_type=kind)


def written(words: Any) -> zb.PythonStore:
    store = zb.PythonStore(Bridge())
    zb.write_region(described(len(words)), store, ((0, 1, len(words)),), words, "", None)
    return store


def read(store: zb.PythonStore, count: int, out: Any = None, dtype: Any = TEXT) -> Any:
    return zb.read_region(described(count), store, ((0, 1, count),), "", dtype, out, None)


def test_strings_of_every_length_come_back() -> None:
    """Catches a string that is cut at a NUL, or a short one that is read from the wrong place."""
    store = written(np.array(WORDS, TEXT))
    assert read(store, len(WORDS)).tolist() == WORDS
    for old in (["x" * 100] * len(WORDS), WORDS[::-1]):
        out = np.array(old, TEXT)
        assert read(store, len(WORDS), out) is out
        assert out.tolist() == WORDS
        out[:] = old  # the memory of the strings is still in order
        assert out.tolist() == old


def test_a_missing_string_is_refused() -> None:
    """Catches a missing value that is stored as an empty string."""
    dtype: Any = np.dtypes.StringDType(na_object=None)
    words = np.array(["a", None], dtype)
    with pytest.raises(RuntimeError, match=r"^value-shape: a string of value is missing"):
        written(words)
    assert words.tolist() == ["a", None]
    assert read(written(np.array(["a", "b"], dtype)), 2, words, dtype).tolist() == ["a", "b"]
