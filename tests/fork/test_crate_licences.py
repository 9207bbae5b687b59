"""The licences of the crates that are linked into the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fork import crate_licences
from fork.crate_licences import FILE, linked, main, named, texts

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_names_every_crate_that_is_linked() -> None:
    """Catches a wheel without the licence of a new dependency."""
    found = named(FILE.read_text(encoding="utf-8"))
    assert found == linked()
    assert "zarrs-bindings 0.1.0" not in found
    assert {"zarrs", "blosc-src", "object_store"} <= {crate.split()[0] for crate in found}


def test_every_crate_has_a_text() -> None:
    """Catches a crate that is named without its licence."""
    text = FILE.read_text(encoding="utf-8")
    _, _, rest = text.split("\n\n", 2)
    lacking = {crate.split()[0] for crate in named(text) if f"\n{crate}\n" not in f"\n{rest}"}
    assert lacking == crate_licences.WITHOUT_TEXT


def test_another_crate_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a check that cannot fail."""
    file = tmp_path / "LICENSES.txt"
    file.write_text("Head:\n\nzarrs 0.0.1: MIT\n\n", encoding="utf-8")
    monkeypatch.setattr(crate_licences, "FILE", file)
    assert main(["--check"]) == 1
    assert "run `./dev licences`" in capsys.readouterr().err


def test_texts_of_contained_libraries_are_found(tmp_path: Path) -> None:
    """Catches a C library whose licence is below that of its crate."""
    (tmp_path / "c").mkdir()
    for name, text in {
        "LICENSE-MIT": "mit \n",
        "LICENSE-APACHE": "apache",
        "c/COPYING": "zlib",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert texts(tmp_path, "MIT OR Apache-2.0") == {"mit", "zlib"}
    assert texts(tmp_path, "MIT AND Apache-2.0") == {"mit", "apache", "zlib"}
