"""Links that lead back to a folder above them."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from zarr.crud._stores.link_loops import loop_at

if TYPE_CHECKING:
    from pathlib import Path


def test_only_links_to_folders_on_the_way_are_loops(tmp_path: Path) -> None:
    """Catches a linked folder that is left out, or a walk without an end."""
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (tmp_path / "far").mkdir()
    links = {
        "a/b/top": root,
        "a/b/up": root / "a",
        "a/b/same": root / "a" / "b",
        "a/b/self": root / "a" / "b" / "self",
        "a/far": tmp_path / "far",
        "a/over": tmp_path,
        "a/none": tmp_path / "none",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    found = {name: loop_at(str(root), name) for name in [*links, "a", "a/b", "a/absent"]}
    loops = {name: error for name, error in found.items() if error is not None}
    assert loops.keys() == {"a/b/top", "a/b/up", "a/b/same", "a/b/self"}
    for name, error in loops.items():
        assert (error.errno, error.filename) == (errno.ELOOP, str(root / name))
        assert "leads back to a folder above it" in str(error)
    assert loop_at(str(root), "a/over/root") is None
    assert loop_at(str(root), "a/over/root/a/over") is not None
