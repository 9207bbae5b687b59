"""What is written to disk: a copy for wheels, a live tree for editable installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fork.assemble import overlay
from fork.tree import write_copy, write_live

if TYPE_CHECKING:
    from tests.fork.conftest import Project


def test_a_wheels_tree_is_upstream_and_overlay_and_nothing_else(project: Project) -> None:
    """Byte code, hidden files or links of a checkout getting into a wheel."""
    project.write("src/zarr/mine/__pycache__/a.pyc", "")
    project.write("src/zarr/mine/.hidden", "")
    project.write("src/zarr/solo.py", "x = 1\n")
    target = project.root / "wheel"
    ours = overlay(project.root / "src/zarr", project.upstream.files)
    write_copy(target, project.assemble().files, ours)
    found = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
    assert found == {"things.py", "_version.py", "py.typed", "mine/__init__.py", "solo.py"}
    assert not any(p.is_symlink() for p in target.rglob("*"))


def test_the_live_tree_follows_its_sources(project: Project) -> None:
    """A stale module, a dead link or a lost edit after the tree is written again."""
    source, live = project.root / "src/zarr", project.root / "build/fork/zarr"
    files = project.assemble().files
    write_live(live, files | {"gone/old.py": b""}, overlay(source, files))
    unchanged = (live / "things.py").stat().st_mtime_ns
    (live / "_version.py").write_bytes(b"edited")
    (source / "mine").rename(source / "ours")
    write_live(live, files, overlay(source, files))
    found = {p.relative_to(live).as_posix() for p in live.rglob("*")}
    assert found == {"things.py", "_version.py", "py.typed", "ours"}
    assert (live / "_version.py").read_bytes() == files["_version.py"]
    assert (live / "things.py").stat().st_mtime_ns == unchanged
    assert not (live / "ours").readlink().is_absolute()
    (source / "ours/new.py").write_bytes(b"x = 1\n")
    assert (live / "ours/new.py").read_bytes() == b"x = 1\n"
