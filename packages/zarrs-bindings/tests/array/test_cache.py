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

INT = np.dtype("i4")


def test_a_repeated_call_finds_its_array(tmp_path: Path) -> None:
    """Catches documents that are parsed again, and arrays that are mixed up."""
    zb.cache_clear()
    assert zb.cache_info() == (0, 0, 0, 256)
    text = document()
    ours = local(tmp_path, text)
    ours.read_all()
    ours.read_all()
    assert zb.cache_info() == (1, 1, 1, 256)
    equal = local(tmp_path, "".join(list(text)))
    equal.read_all()
    assert zb.cache_info() == (2, 1, 1, 256)
    for other in (local(tmp_path / "x", text), local(tmp_path, text + " ")):
        other.read_all()
    assert zb.cache_info() == (2, 3, 3, 256)


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    """Catches memory that grows with every array."""
    zb.cache_clear()
    ours = local(tmp_path, document())
    for i in range(600):
        ours.path = f"n{i}"
        ours.read(0, 0)
    assert zb.cache_info() == (0, 600, 256, 256)


def test_most_arrays_are_still_found_if_there_is_one_too_many(tmp_path: Path) -> None:
    """Catches a cache that always evicts the array that is read next, so that every call parses."""
    zb.cache_clear()
    ours = local(tmp_path, document())
    for i in [*range(257)] * 5:
        ours.path = f"n{i}"
        ours.read(0, 0)
    hits, misses, _, _ = zb.cache_info()
    assert hits + misses == 5 * 257
    assert hits > 3 * 257


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
