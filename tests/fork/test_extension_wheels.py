"""Which wheels of the extension are built here, and what each must keep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fork import ForkError, extension_wheels
from fork.extension_wheels import LIBCS, audited, keeps, main, wheels

ZIG = Path("zig")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine that has all targets and no Python without a GIL."""
    monkeypatch.setattr(extension_wheels, "_has_target", lambda _: True)
    monkeypatch.setattr("shutil.which", lambda _: None)
    return monkeypatch


def built(zig: Path | None, system: str = "Linux") -> list[str]:
    return [wheel.name for wheel in wheels(zig, system) if wheel.missing is None]


@pytest.mark.usefixtures("machine")
def test_with_zig_both_c_libraries_have_a_wheel() -> None:
    """Catches a second wheel for this machine, which pip would prefer to the portable one."""
    assert built(ZIG) == [f"abi3, {tag}" for tag in LIBCS]
    for wheel in wheels(ZIG, "Linux")[:2]:
        assert "--zig" in wheel.options


def test_what_cannot_be_built_is_named(machine: pytest.MonkeyPatch) -> None:
    """Catches a wheel that is missing without a word, or no wheel at all."""
    assert built(None) == ["abi3, for this machine"]
    said = [str(wheel) for wheel in wheels(None, "Linux") if wheel.missing]
    assert [line.partition(": ")[0] for line in said] == ["not built"] * 3
    assert all("zig could not be installed" in line for line in said[:2])
    assert "no python3.14t is on PATH" in said[2]
    machine.setattr(extension_wheels, "_has_target", lambda target: "musl" not in target)
    assert built(ZIG) == ["abi3, manylinux_2_28"]
    (musl,) = (wheel for wheel in wheels(ZIG, "Linux") if "musl" in wheel.name)
    assert "rustup target add" in str(musl.missing)


def test_a_python_without_a_gil_gets_a_wheel_of_its_own(machine: pytest.MonkeyPatch) -> None:
    """Catches a free-threaded wheel that runs on this machine's C library only."""
    machine.setattr("shutil.which", lambda name: f"/opt/{name}")
    last = wheels(ZIG, "Linux")[-1]
    assert last.options[:2] == ("--interpreter", "/opt/python3.14t")
    assert last.options[2:] == wheels(ZIG, "Linux")[0].options
    assert built(None, "Darwin") == ["abi3, for this machine", last.name]


def test_a_target_that_nobody_has_is_missing() -> None:
    """Catches a check of targets that cannot fail."""
    assert not extension_wheels._has_target("x86_64-unknown-nowhere")


@pytest.mark.usefixtures("machine")
def test_without_a_folder_nothing_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a list that takes minutes, or that names only what works."""
    assert main([]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("not built: abi3, manylinux_2_28")
    assert "built: abi3, for this machine" in said


def auditwheel(folder: Path, says: str) -> Path:
    tool = folder / "auditwheel"
    tool.write_text(f"#!/bin/sh\n{says}\n")
    tool.chmod(0o755)
    return tool


@pytest.mark.parametrize(
    ("runs_on", "fits"),
    [
        ("manylinux_2_28_x86_64", True),
        ("manylinux_2_17_x86_64", True),
        ("manylinux_2_31_x86_64", False),
        ("musllinux_1_1_x86_64", False),
        ("linux_x86_64", False),
    ],
)
def test_a_wheel_that_promises_too_much_ends_the_build(
    runs_on: str, fits: bool, tmp_path: Path
) -> None:
    """Catches a wheel that is installed where it cannot be loaded."""
    wheel = tmp_path / "zarrs_bindings-1-cp312-abi3-manylinux_2_28_x86_64.whl"
    report = {"overall_tag": runs_on, "sym_tag": "manylinux_2_17_x86_64", "external_libs": {}}
    tool = auditwheel(tmp_path, f"echo '{json.dumps(report)}'")
    assert keeps(wheel.name, runs_on) == fits
    if fits:
        audited(wheel, tool)
        return
    with pytest.raises(ForkError, match=f"runs on {runs_on} only"):
        audited(wheel, tool)


@pytest.mark.parametrize(("library", "fits"), [("libc.so", True), ("libstdc++.so.6", False)])
def test_musl_is_known_by_both_of_its_names(library: str, fits: bool, tmp_path: Path) -> None:
    """Catches a wheel that is refused for its C library, and one that needs another library."""
    wheel = tmp_path / "zarrs_bindings-1-cp312-abi3-musllinux_1_2_x86_64.whl"
    report = {"overall_tag": "linux_x86_64", "sym_tag": "musllinux_1_2_x86_64"}
    full = json.dumps(report | {"external_libs": {library: None}})
    tool = auditwheel(tmp_path, f"echo '{full}'")
    if fits:
        audited(wheel, tool)
        return
    with pytest.raises(ForkError, match="runs on linux_x86_64 only"):
        audited(wheel, tool)


def test_what_auditwheel_refuses_is_an_error(tmp_path: Path) -> None:
    """Catches a failed check that counts as passed."""
    with pytest.raises(ForkError, match="no wheel at all"):
        audited(tmp_path / "a.whl", auditwheel(tmp_path, "echo no wheel at all >&2; exit 1"))


def test_tools_without_zig_are_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a broken environment of tools that leads to other wheels without a word."""
    assert main(["--tools", str(tmp_path)]) == 1
    assert "has no zig" in capsys.readouterr().err
