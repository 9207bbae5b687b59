"""The listing of wheels, which looks into each."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from fork.wheel_listing import main

LICENCE = "a-1.dist-info/licenses/LICENSE"
BILL = "a-1.dist-info/sboms/a.cyclonedx.json"


def wheel(folder: Path, *, without: str = "", licences: tuple[str, ...] = ("LICENSE",)) -> Path:
    file = folder / "a-1-py3-none-any.whl"
    names = "".join(f"License-File: {name}\n" for name in licences)
    files = {
        "a-1.dist-info/METADATA": f"Metadata-Version: 2.4\nName: a\n{names}\n",
        LICENCE: "MIT",
        BILL: json.dumps({"components": [{}, {}]}),
    }
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            if name != without:
                archive.writestr(name, text)
    return file


def test_each_wheel_has_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a size or a number of another wheel."""
    wheel(tmp_path)
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "  0.00 MiB    2 components  a-1-py3-none-any.whl\n"


@pytest.mark.parametrize(
    ("without", "licences", "said"),
    [
        (LICENCE, ("LICENSE",), "lacks licences: ['LICENSE']"),
        ("", (), "lacks licences: all"),
        (BILL, ("LICENSE",), "has no bill of materials"),
    ],
)
def test_what_is_missing_ends_the_verb(
    without: str,
    licences: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Catches a wheel that others may not pass on, or whose contents nobody can look up."""
    wheel(tmp_path, without=without, licences=licences)
    assert main([str(tmp_path)]) == 1
    assert said in capsys.readouterr().err
