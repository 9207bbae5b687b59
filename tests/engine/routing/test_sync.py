"""Methods of arrays that go to the engine."""

from __future__ import annotations

import zarr
from zarr._engine.calls.methods import READS, WRITES


def test_every_selection_method_of_upstream_is_routed() -> None:
    """A new dialect of upstream that bypasses the engine."""
    for cls in (zarr.Array, zarr.AsyncArray):
        public = {name for name in dir(cls) if name.endswith("_selection") and name[0] != "_"}
        assert public <= READS.keys() | WRITES.keys()
        for name in public | ({"getitem", "setitem"} if cls is zarr.AsyncArray else {"append"}):
            assert "_engine" in getattr(cls, name).__code__.co_filename, name
