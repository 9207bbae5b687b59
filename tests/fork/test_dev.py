"""``./dev`` reports a missing tool in one sentence, and installs nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fork.fetch import ROOT

TOOLS = ("cat", "cksum", "dirname", "find", "mkdir", "rm", "sed", "sort", "xargs")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout, an empty home, and a PATH with basic tools and a broken Python shim."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    _script(tmp_path / "bin" / "python3.12", "exit 127")
    _script(tmp_path / "bin" / "python3", "exit 1")
    for path in ("dev", ".python-version", "requirements/dev.txt"):
        (tmp_path / "checkout" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / "checkout" / path)
    (tmp_path / "checkout/packages/zarrs-bindings").mkdir(parents=True)
    return tmp_path


def _script(file: Path, line: str) -> None:
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


def _dev(machine: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": str(machine / "bin"), "HOME": str(machine), **variables}
    command = ["/bin/sh", str(machine / "checkout/dev"), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_without_a_suitable_python_one_sentence_says_so(machine: Path) -> None:
    """Catches a shim that exits with 127, or an old Python, that counts as a suitable Python."""
    _script(machine / "bin" / "cargo", "exit 0")
    done = _dev(machine, "demo")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no Python >= 3.12" in done.stderr
    assert not (machine / "checkout/.venv").exists()


@pytest.mark.parametrize("shim", [None, "exit 1"])
def test_without_rust_one_sentence_says_so(machine: Path, shim: str | None) -> None:
    """Catches minutes of installation before a missing toolchain is noticed, or a rustup without a
    toolchain that counts as one.
    """
    if shim is not None:
        _script(machine / "bin" / "cargo", shim)
    done = _dev(machine, "test", PYTHON=sys.executable)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no Rust toolchain" in done.stderr
    assert not (machine / "checkout/.venv").exists()


def test_the_extension_is_built_again_for_its_source_and_not_for_its_tests(machine: Path) -> None:
    """Catches a build of minutes after a change to a test, or no build after a change to the
    crate.
    """
    script = (machine / "checkout/dev").read_text()
    crate = machine / "checkout/packages/zarrs-bindings"
    function = script[script.index("fingerprint() {") : script.index("fresh() {")]

    def fingerprint() -> str:
        command = ["/bin/sh", "-c", f"crate={crate}\n{function}\nfingerprint {crate}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    for folder in ("src/codec", "tests"):
        (crate / folder).mkdir(parents=True)
    (crate / "src/lib.rs").touch()
    before = fingerprint()
    (crate / "tests/test_codec.py").write_text("import zarr")
    assert fingerprint() == before
    (crate / "src/codec/tests.rs").touch()
    assert fingerprint() != before


def test_an_unknown_verb_is_named_beside_those_there_are(machine: Path) -> None:
    """Catches a misspelled command that exits with 0, and so passes in CI."""
    done = _dev(machine, "tset")
    assert done.returncode == 1
    assert "no verb 'tset'" in done.stderr
    for verb in (
        "demo",
        "test",
        "test-repeat",
        "lint",
        "deny",
        "sanitize",
        "types",
        "bench",
        "seams",
        "uses",
        "test-upstream",
        "test-ecosystem",
        "test-overlay",
        "test-wheels",
        "wheels",
        "test-torch",
        "test-faults",
        "check",
    ):
        assert f"\n  {verb} " in done.stderr
