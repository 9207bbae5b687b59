"""The cache of constructed arrays."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bridge, bridged, document, local

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bindings.support import Bound

INT = np.dtype("i4")
MOST = 1024


def test_a_repeated_call_finds_its_array(tmp_path: Path) -> None:
    """Catches documents that are parsed again, and arrays that are mixed up."""
    zb.cache_clear()
    assert zb.cache_info() == (0, 0, 0, MOST)
    text = document()
    ours = local(tmp_path, text)
    ours.read_all()
    ours.read_all()
    assert zb.cache_info() == (1, 1, 1, MOST)
    equal = local(tmp_path, "".join(list(text)))
    equal.read_all()
    assert zb.cache_info() == (2, 1, 1, MOST)
    for other in (local(tmp_path / "x", text), local(tmp_path, text + " ")):
        other.read_all()
    assert zb.cache_info() == (2, 3, 3, MOST)


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    """Catches memory that grows with every array."""
    zb.cache_clear()
    ours = local(tmp_path, document())
    for i in range(MOST + 100):
        ours.path = f"n{i}"
        ours.read(0, 0)
    assert zb.cache_info() == (0, MOST + 100, MOST, MOST)


def rounds(ours: Bound, prefix: str, names: range, count: int) -> list[int]:
    """Misses of each round in which all arrays are read in turn."""
    misses = []
    for _ in range(count):
        before = zb.cache_info()[1]
        for name in names:
            ours.path = f"{prefix}{name}"
            ours.read(0, 0)
        misses.append(zb.cache_info()[1] - before)
    return misses


def test_most_arrays_are_found_if_one_too_many_is_read_in_turn(tmp_path: Path) -> None:
    """Catches a cache that finds nothing any more if it is one array too small."""
    zb.cache_clear()
    misses = rounds(local(tmp_path, document()), "n", range(MOST + 1), 40)
    assert misses[0] == MOST + 1
    assert sum(misses[20:]) < 20 * MOST / 20
    assert zb.cache_info()[2] == MOST


@pytest.mark.parametrize("count", [1, 9, 100, MOST])
def test_arrays_that_are_read_after_many_others_are_found(tmp_path: Path, count: int) -> None:
    """Catches a full cache in which the arrays that a program turns to never stay."""
    zb.cache_clear()
    ours = local(tmp_path, document())
    rounds(ours, "old", range(MOST), 2)
    misses = rounds(ours, "new", range(count), 40)
    assert misses[0] == count
    # If all of them fit exactly, the last of the old arrays go slowly.
    assert sum(misses[20:]) <= (20 * MOST / 20 if count == MOST else 0)


def test_few_arrays_with_long_documents_are_kept(tmp_path: Path) -> None:
    """Catches memory that grows with the length of documents, and long ones that never stay."""
    zb.cache_clear()
    text = document()
    ours = local(tmp_path, text + " " * (1 << 20))
    for name in range(100):
        ours.path = f"n{name}"
        ours.read(0, 0)
    assert zb.cache_info() == (0, 100, MOST // 65, MOST)
    for name in range(3):
        huge = local(tmp_path, text + " " * ((64 << 20) + name))
        huge.read(0, 0)
        huge.read(0, 0)
    assert zb.cache_info()[:2] == (3, 103)


def test_the_array_cache_keeps_no_store_alive() -> None:
    """Catches a store that is kept alive by what is cached for it."""
    bridge = Bridge()
    gone = weakref.ref(bridge)
    ours = bridged(bridge, document())
    ours.read_all()
    assert zb.cache_info()[2] > 0
    del bridge, ours
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("what", ["metadata", "path"])
def test_half_a_surrogate_pair_is_refused(what: str) -> None:
    """Catches text that no key can hold, and that causes a panic or becomes another node's key."""
    texts = {"metadata": document(), "path": "a"}
    texts[what] += "\ud800"
    store = zb.PythonStore(Bridge())
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"^invalid-path: .*half a surrogate pair"):
            zb.read_region(texts["metadata"], store, (0, 0), texts["path"], INT, None, None)
