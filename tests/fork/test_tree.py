"""What is written to disk: a copy for wheels, a live tree for editable installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fork.assemble import overlay
from fork.tree import write_copy, write_live

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fork.conftest import Project


def test_a_wheels_tree_is_upstream_and_overlay_and_nothing_else(project: Project) -> None:
    """Catches byte code, hidden files or links of a checkout that get into a wheel."""
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
    """Catches a stale module, a dead link or a lost edit after the tree is written again."""
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


def test_byte_code_is_kept_and_half_written_files_are_not(
    tmp_path: Path,
) -> None:
    """Catches a build after which all imports compile again, or that leaves half-written files
    behind.
    """
    live = tmp_path / "live"
    write_live(live, {"core/a.py": b"", "b.py": b""}, [])
    for folder in ("core", "."):
        (live / folder / "__pycache__").mkdir()
        (live / folder / "__pycache__/a.pyc").write_bytes(b"code")
    (live / "b.py.99.partial").write_bytes(b"")
    write_live(live, {"core/a.py": b"", "b.py": b""}, [])
    found = {p.relative_to(live).as_posix() for p in live.rglob("*") if p.is_file()}
    assert found == {"core/a.py", "b.py", "core/__pycache__/a.pyc", "__pycache__/a.pyc"}


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    """Catches our sources deleted through a link, as unknown files in upstream's tree."""
    source = tmp_path / "src/mine"
    source.mkdir(parents=True)
    (source / "a.py").write_bytes(b"a")
    write_live(tmp_path / "live", {"b.py": b""}, [source])
    write_live(tmp_path / "live", {"b.py": b""}, [])
    assert (source / "a.py").read_bytes() == b"a"
    assert [path.name for path in (tmp_path / "live").iterdir()] == ["b.py"]


def test_a_name_may_pass_from_us_to_upstream_and_back(tmp_path: Path) -> None:
    """Catches a FileExistsError in a build after upstream has added a package with the name of
    ours.
    """
    ours, live = tmp_path / "src/crud", tmp_path / "live"
    ours.mkdir(parents=True)
    (ours / "a.py").write_bytes(b"ours")
    write_live(live, {"b.py": b""}, [ours])
    ours.rename(tmp_path / "src/mine")
    write_live(live, {"b.py": b"", "crud/a.py": b"theirs"}, [tmp_path / "src/mine"])
    assert (live / "crud/a.py").read_bytes() == b"theirs"
    (live / "crud/__pycache__").mkdir()
    (tmp_path / "src/mine").rename(ours)
    write_live(live, {"b.py": b""}, [ours])
    assert (live / "crud/a.py").read_bytes() == b"ours"


def test_a_package_of_ours_that_is_moved_replaces_its_link(tmp_path: Path) -> None:
    """Catches a link that still leads to the old place, where nothing is left."""
    old, new = tmp_path / "src/mine", tmp_path / "lib/mine"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_bytes(folder.parent.name.encode())
    for folder in (old, new, new):
        write_live(tmp_path / "live", {"b.py": b""}, [folder])
    assert (tmp_path / "live/mine/__init__.py").read_bytes() == b"lib"
