"""What stops an assembly as a whole: pin, versions, seam files, overlay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fork import ForkError
from fork.assemble import overlay
from fork.pin import load_pin
from fork.tree import write_copy, write_live
from tests.fork.conftest import SEAM, refusal

if TYPE_CHECKING:
    from tests.fork.conftest import Project


def test_the_project_assembles(project: Project) -> None:
    """Every refusal below would prove nothing about a project that never assembles."""
    assembly = project.assemble()
    assert b"    colour: str\n    engine: str\n" in assembly.files["things.py"]
    assert assembly.files.keys() == project.upstream.files.keys()


def test_the_version_file_says_ours_after_upstreams(project: Project) -> None:
    """`zarr.__version__` and the distribution's version telling different things."""
    scope: dict[str, Any] = {}
    exec(project.assemble("1.2.3+crud.9").files["_version.py"], scope)
    assert scope["version"] == scope["__version__"] == "1.2.3+crud.9"
    assert scope["version_tuple"] == scope["__version_tuple__"] == (1, 2, 3, "crud.9")


@pytest.mark.parametrize("version", ["1.2.3", "1.2.4+crud.1", "1.2.3+other.1"])
def test_a_version_that_does_not_say_what_it_is_is_refused(project: Project, version: str) -> None:
    """A fork of one release that passes for another, or for upstream itself."""
    with pytest.raises(ForkError, match="does not say what this is") as error:
        project.assemble(version)
    assert repr(version) in refusal(error)


@pytest.mark.parametrize("version", ["1.2.4", "1.2.3+crud.0.1", "1.2.3.0"])
def test_another_upstream_version_is_refused(project: Project, version: str) -> None:
    """`1.2.3+crud` and `1.2.3.0` are equal to the pin by the rules of versions, not by content."""
    with pytest.raises(ForkError, match=r"needs upstream zarr 1\.2\.3 but found") as error:
        project.assemble(version=version)
    assert repr(version) in refusal(error)


@pytest.mark.parametrize("change", ["edited", "deleted", "added"])
def test_a_tree_that_is_not_the_pinned_one_is_refused(project: Project, change: str) -> None:
    """A build on files that somebody patched, lost or added after the release."""
    files = dict(project.upstream.files)
    if change == "edited":
        files["things.py"] += b"\n"
    elif change == "deleted":
        del files["py.typed"]
    else:
        files["more.py"] = b""
    with pytest.raises(ForkError, match="as pinned") as error:
        project.assemble(files=files)
    refusal(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('version = "1"\nurl = "x"\n', "key `sdist_sha256` is missing"),
        (
            'version = "1"\nwheel_sha256 = ""\nsdist_sha256 = ""\ntree_sha256 = ""\nzz = ""\n',
            "key `zz` is unknown",
        ),
    ],
)
def test_a_pin_with_other_keys_is_refused(project: Project, text: str, words: str) -> None:
    """A misspelt key that silently pins nothing."""
    project.write("fork/upstream.toml", text)
    with pytest.raises(ForkError, match=words) as error:
        load_pin(project.root / "fork" / "upstream.toml")
    refusal(error)


@pytest.mark.parametrize(
    ("seam", "words"),
    [
        (SEAM | {"owner": "me"}, "key `owner` of a seam with op `field` is unknown"),
        (SEAM | {"after": "x"}, "key `after` of a seam with op `field` is unknown"),
        ({k: v for k, v in SEAM.items() if k != "guard"}, "key `guard` .* is missing"),
        ({k: v for k, v in SEAM.items() if k != "why"}, "key `why` .* is missing"),
        (SEAM | {"why": " "}, "key `why` of a seam must be a text"),
        (SEAM | {"insert": 3}, "key `insert` of a seam must be a text"),
        (SEAM | {"op": "replace"}, "`op` is 'replace'"),
    ],
)
def test_a_seam_with_other_keys_is_refused(
    project: Project, seam: dict[str, Any], words: str
) -> None:
    """A misspelt or forgotten key that is read as something else."""
    project.seams(seam)
    with pytest.raises(ForkError, match=words) as error:
        project.assemble()
    assert "things.py" in refusal(error)


@pytest.mark.parametrize("text", ["", "budget = 3\n", 'budget = 3\n[[seam]]\nop = "field"\n'])
def test_a_seam_file_with_other_content_is_refused(project: Project, text: str) -> None:
    """A file of seams that is empty, or says more than is read."""
    project.write("fork/seams/things.toml", text)
    with pytest.raises(ForkError, match="tables and nothing else") as error:
        project.assemble()
    refusal(error)


def test_no_seams_at_all_are_refused(project: Project) -> None:
    """Upstream published under our version because a folder was not packed."""
    (project.root / "fork/seams/things.toml").unlink()
    with pytest.raises(ForkError, match="no seams below") as error:
        project.assemble()
    refusal(error)


def test_seams_for_a_file_that_upstream_has_not_are_refused(project: Project) -> None:
    """Seams lost because upstream moved a module."""
    project.seams(SEAM, path="moved/things")
    with pytest.raises(ForkError, match="has no such file") as error:
        project.assemble()
    assert refusal(error).startswith("moved/things.py:")


def test_an_init_in_bare_src_is_refused(project: Project) -> None:
    """A checkout's src on the path hiding the assembled package."""
    project.write("src/zarr/__init__.py", "")
    with pytest.raises(ForkError, match="would hide the assembled package") as error:
        overlay(project.root / "src/zarr", project.upstream.files)
    refusal(error)


@pytest.mark.parametrize("name", ["things.py", "things/__init__.py", "py.typed", "core.py"])
def test_an_overlay_name_of_upstreams_is_refused(project: Project, name: str) -> None:
    """Our file replacing one of upstream's, or one module shadowing the other."""
    project.write(f"src/zarr/{name}", "")
    taken = {*project.upstream.files, "core/array.py"}
    with pytest.raises(ForkError, match="has the name of an upstream module") as error:
        overlay(project.root / "src/zarr", taken)
    assert name.partition("/")[0] in refusal(error)


@pytest.mark.parametrize("rest", ["src/zarr/__pycache__/a.pyc", "src/zarr/notes.txt", None])
def test_an_empty_overlay_is_refused(project: Project, rest: str | None) -> None:
    """A source distribution that lost our packages, built into a wheel without them."""
    (project.root / "src/zarr/mine/__init__.py").unlink()
    if rest:
        project.write(rest, "")
    with pytest.raises(ForkError, match="holds no package of ours") as error:
        overlay(project.root / "src/zarr", project.upstream.files)
    refusal(error)


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
