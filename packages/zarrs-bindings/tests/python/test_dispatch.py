"""What each kind of store can do, and what it refuses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, Bridge, bridged, document, files, ramp

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_read_only_store_refuses_before_any_work(tmp_path: Path) -> None:
    """Catches writes through a read-only handle of either kind."""
    bridge = Bridge()
    text = document()
    stores = (
        zb.FilesystemStore(os.fsencode(tmp_path), read_only=True),
        zb.PythonStore(bridge, read_only=True),
    )
    for store in stores:
        assert store.read_only
        ours = Bound(text, store)
        with pytest.raises(RuntimeError, match="read-only: "):
            ours.write_all(ramp((7, 5)))
        with pytest.raises(RuntimeError, match="read-only: "):
            ours.write_chunk(ramp((3, 2)), 0, 0)
        np.testing.assert_array_equal(ours.read_all(), np.zeros((7, 5), "i4"))
    assert (files(tmp_path), bridge.values) == ({}, {})


def test_a_python_store_refuses_what_only_files_can_do() -> None:
    """Catches options that are accepted and ignored."""
    bridge = Bridge()
    for options in ({"durability": "fsync"}, {"locking": "processes"}):
        with pytest.raises(RuntimeError, match=r"unsupported: .* only a FilesystemStore"):
            bridged(bridge, document(), **options).write_all(ramp((7, 5)))
    assert bridge.values == {}


@pytest.mark.parametrize("store", [None, "root", Bridge(), object()])
def test_what_is_no_store_is_refused_by_every_function(store: Any) -> None:
    """Catches any object that is used as a store, and an error that does not say what to pass."""
    ours = Bound(document(), store)
    calls: list[Callable[[], object]] = [
        ours.read_all,
        lambda: ours.write_all(ramp((7, 5))),
        lambda: ours.read_chunk(0, 0),
        lambda: ours.write_chunk(ramp((3, 2)), 0, 0),
        lambda: zb.Reader(document(), store, "", ours.dtype),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="a PythonStore or a RemoteStore"):
            call()
