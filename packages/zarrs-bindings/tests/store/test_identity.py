"""Which stores are the same for the cache of arrays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, Bridge, document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

type Store = zb.FilesystemStore | zb.PythonStore

PAIRS: dict[str, tuple[Callable[[Path], tuple[Store, Store]], bool]] = {
    "one root": (lambda root: (zb.FilesystemStore(str(root)), zb.FilesystemStore(str(root))), True),
    "text and bytes": (
        lambda root: (zb.FilesystemStore(str(root)), zb.FilesystemStore(os.fsencode(root))),
        True,
    ),
    "relative": (
        lambda root: (zb.FilesystemStore(str(root)), zb.FilesystemStore(os.path.relpath(root))),
        True,
    ),
    "read-only": (
        lambda root: (zb.FilesystemStore(str(root)), zb.FilesystemStore(str(root), read_only=True)),
        True,
    ),
    "another root": (
        lambda root: (zb.FilesystemStore(str(root)), zb.FilesystemStore(str(root / "a"))),
        False,
    ),
    "one bridge": (lambda _: same_bridge(Bridge()), False),
    "files and others": (
        lambda root: (zb.FilesystemStore(str(root)), zb.PythonStore(Bridge())),
        False,
    ),
}


def same_bridge(bridge: Bridge) -> tuple[Store, Store]:
    return zb.PythonStore(bridge), zb.PythonStore(bridge)


@pytest.mark.parametrize("name", PAIRS)
def test_stores_share_an_array_if_they_have_one_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Catches an array of another store, from which chunks would then be read."""
    monkeypatch.chdir(tmp_path)
    make, is_same = PAIRS[name]
    first, second = make(tmp_path / "root")
    zb.cache_clear()
    for store in (first, first, second):
        assert Bound(document(), store).read(0, 0) == 0
    hits, misses, size, _ = zb.cache_info()
    assert (hits, misses, size) == ((2, 1, 1) if is_same else (1, 2, 2))
