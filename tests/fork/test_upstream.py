"""Upstream is read completely, and must match the pinned release byte for byte."""

from __future__ import annotations

import zipfile
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING, NoReturn

import pytest

from fork import ForkError, upstream
from fork.pin import Pin
from fork.upstream import from_wheel, installed
from tests.fork.conftest import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fork.conftest import Project


@pytest.mark.parametrize("version", ["1.2.4", "1.2.3+crud.0.1", "1.2.3.0"])
def test_another_upstream_version_is_refused(project: Project, version: str) -> None:
    """Catches a version such as `1.2.3+crud` or `1.2.3.0`, which matches the pin by the rules for
    versions but has other content.
    """
    with pytest.raises(ForkError, match=r"needs upstream zarr 1\.2\.3 but found") as error:
        project.assemble(version=version)
    assert repr(version) in refusal(error)


@pytest.mark.parametrize("change", ["edited", "deleted", "added"])
def test_a_tree_that_is_not_the_pinned_one_is_refused(project: Project, change: str) -> None:
    """Catches a build from files that were patched, lost or added after the release."""
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


METADATA = """\
Metadata-Version: 2.4
Name: zarr
Version: 1.2.3
Requires-Python: >=3.12
Requires-Dist: numpy>=2
Requires-Dist: typer; extra == 'cli'
Provides-Extra: cli
"""
WHEEL = {
    "zarr/__init__.py": b"a = 1\r\n",
    "zarr/core/a.py": b"",
    "zarr/core/__pycache__/a.cpython-312.pyc": b"code",
    "zarrs/__init__.py": b"another's",
    "zarr-1.2.3.dist-info/METADATA": METADATA.encode(),
    "zarr-1.2.3.dist-info/licenses/LICENSE.txt": b"as you please",
    "zarr-1.2.3.dist-info/entry_points.txt": b"[console_scripts]\nzarr = zarr._cli:app\n",
}


def test_a_wheel_is_read_whole_without_what_is_not_upstreams(tmp_path: Path) -> None:
    """Catches translated line ends, byte code in the digest, or a lost license."""
    record = "".join(f"{name},,\n" for name in WHEEL)
    file = tmp_path / "zarr-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in (WHEEL | {"zarr-1.2.3.dist-info/RECORD": record.encode()}).items():
            archive.writestr(name, data)
    found = from_wheel(file)
    assert found == upstream.Upstream(
        version="1.2.3",
        files={"__init__.py": b"a = 1\r\n", "core/a.py": b""},
        requires=["numpy>=2", "typer; extra == 'cli'"],
        extras=["cli"],
        requires_python=">=3.12",
        entry_points=frozenset({("console_scripts", "zarr", "zarr._cli:app")}),
        licences={"LICENSE.txt": b"as you please"},
    )


def test_a_file_that_is_no_wheel_of_zarr_is_refused(tmp_path: Path) -> None:
    """Catches an error page in place of the download."""
    file = tmp_path / "zarr-1.2.3-py3-none-any.whl"
    for data in (b"<html>", b""):
        file.write_bytes(data)
        with pytest.raises(ForkError, match="is not a wheel of zarr") as error:
            from_wheel(file)
        refusal(error)


def test_a_build_without_upstream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a traceback from importlib in place of the missing requirement's name."""

    def distribution(name: str) -> NoReturn:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(upstream, "distribution", distribution)
    with pytest.raises(ForkError, match=r"install `zarr===1\.2\.3` there") as error:
        installed(Pin("1.2.3", "", "", ""))
    refusal(error)
