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


def test_arrays_that_are_read_after_many_others_are_found(tmp_path: Path) -> None:
    """Catches a full cache in which the arrays that a program turns to never stay."""
    zb.cache_clear()
    ours = local(tmp_path, document())

    def read(names: list[str]) -> None:
        for name in names:
            ours.path = name
            ours.read(0, 0)

    read([f"old{i}" for i in range(256)] * 2)
    for count in (9, 100, 256):
        names = [f"new{count}-{i}" for i in range(count)]
        read(names)
        hits = zb.cache_info()[0]
        read(names)
        assert zb.cache_info()[0] == hits + count


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
