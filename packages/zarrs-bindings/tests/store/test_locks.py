"""Locks on keys, between threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests import patience
from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    bridged,
    document,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path


def disjoint(ours: Bound, size: int) -> None:
    """Write every element of a chunk from one of eight threads."""
    start = threading.Barrier(8)

    def some(first: int) -> None:
        start.wait()
        for at in range(first, size, 8):
            ours.write(np.array([at + 1], "i4"), (at, 1, 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(some, range(8)))


@pytest.mark.parametrize("codecs", [(LITTLE, ZSTD), (sharding((8,), LITTLE, ZSTD),)])
@pytest.mark.parametrize("kind", ["files", "bridge"])
def test_threads_that_share_a_chunk_lose_no_element(
    tmp_path: Path, codecs: tuple[Any, ...], kind: str
) -> None:
    """Catches a read-modify-write without a lock."""
    text = document((240,), (240,), codecs=codecs)
    ours = local(tmp_path, text) if kind == "files" else bridged(Bridge(), text)
    disjoint(ours, 240)
    np.testing.assert_array_equal(ours.read_all(), ramp((240,)))


@pytest.mark.parametrize("kind", ["files", "bridge"])
def test_a_write_waits_for_an_entry_of_others_and_leaves_none(tmp_path: Path, kind: str) -> None:
    """Catches an entry under a wrong name, one that stays, and one taken from its owner."""
    locks: dict[bytes, object] = {}
    store: zb.FilesystemStore | zb.PythonStore
    if kind == "files":
        store, name = zb.FilesystemStore(str(tmp_path), locks=locks), bytes(tmp_path / "a/c/1/1")
    else:
        store, name = zb.PythonStore(Bridge(), locks=locks, prefix=b"one:"), b"one:a/c/1/1"
    ours, owner = Bound(document(), store, "a"), object()
    locks[name] = owner
    thread = patience.in_thread(lambda: ours.write_all(ramp((7, 5))))
    thread.join(patience.A_WHILE)
    assert thread.is_alive()
    assert locks[name] is owner
    assert not ours.read_all().any()
    del locks[name]
    patience.join(thread)
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))
    assert locks == {}


def test_a_write_holds_the_keys_that_it_changes_and_no_others() -> None:
    """Catches writers that exclude each other although they change different chunks."""
    locks: dict[bytes, object] = {}
    seen: list[set[bytes]] = []

    class Watched(Bridge):
        def set_many(self, items: list[tuple[str, bytes]]) -> None:
            seen.append(set(locks))
            super().set_many(items)

    ours = Bound(document(), zb.PythonStore(Watched(), locks=locks))
    locks[b"c/0/0"] = None
    ours.write(ramp((1, 3)), (6, 1, 1), (1, 1, 3))
    assert seen == [{b"c/0/0", b"c/2/0", b"c/2/1"}]
    assert set(locks) == {b"c/0/0"}
