"""The class of stores over the network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, Bridge, document


def remote(kind: str = "http", **options: Any) -> zb.RemoteStore:
    """Return a store of a server that does not exist."""
    return zb.RemoteStore(kind, zb.PythonStore(Bridge()), **options)


def test_what_makes_no_client_is_refused() -> None:
    """Catches a store that fails at its first read."""
    with pytest.raises(ValueError, match="ftp"):
        remote("ftp")
    for options in ({}, {"url": "nonsense"}, {"url": "http://a", "client_options": [("x", "1")]}):
        with pytest.raises(RuntimeError, match="unsupported: "):
            remote(**options)
    with pytest.raises(RuntimeError, match="invalid-path: "):
        remote(url="http://a", client_options=[("allow_http", "true")], prefix="a/../b")


def test_a_store_is_not_written_through_python() -> None:
    """Catches writes that take another way than reads, and a read-only store that is written."""
    bridge = Bridge()
    options = [("allow_http", "true")]
    retry = (0.01, 0.01, 2.0, 0, 1.0)
    for read_only, error in ((False, "c/./. cannot be|c/.*refused"), (True, "read-only")):
        bridged = zb.PythonStore(bridge, read_only=read_only)
        store = zb.RemoteStore(
            "http", bridged, url="http://127.0.0.1:9", client_options=options, retry=retry
        )
        assert store.bridged is bridged
        with pytest.raises(Exception, match=error):
            Bound(document(), store).write_all(np.full((7, 5), 3, "i4"))
    assert not bridge.values
