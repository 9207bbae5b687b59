"""The wheels of the extension: for older systems, other C libraries and Python without a GIL.

``./dev wheels`` builds what this machine can build. What it cannot is named, with the reason and
what to do; the wheel for this machine takes the place of one that is missing. Without ``--out``,
this module only lists both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fork import ForkError
from fork.fetch import ROOT

__all__ = ["FREE_THREADED", "LIBCS", "Wheel", "audited", "keeps", "main", "wheels"]

CRATE: Final = ROOT / "packages" / "zarrs-bindings"
FREE_THREADED: Final = "python3.14t"
LIBCS: Final = {"manylinux_2_28": "gnu", "musllinux_1_2": "musl"}
"""The tags of a wheel for Linux, and the C library in the name of its Rust target."""

_TAG: Final = re.compile(r"((?:many|musl)linux)_(\d+)_(\d+)")


@dataclass(frozen=True)
class Wheel:
    """One wheel to build, or why it cannot be built here."""

    name: str
    """The tags in its file name that distinguish it."""
    options: tuple[str, ...] = ()
    """The arguments of maturin."""
    missing: str | None = None
    """Why it cannot be built here, and what to do."""

    def __str__(self) -> str:
        if self.missing is None:
            return f"built: {self.name}"
        return f"not built: {self.name}: {self.missing}"


def wheels(zig: Path | None, system: str = platform.system()) -> list[Wheel]:
    """Return the wheels for this machine's processor: those of its system, and of each Python."""
    portable = _for_linux(zig) if system == "Linux" else []
    here = [wheel for wheel in portable[:1] if wheel.missing is None]
    here = here or [Wheel("abi3, for this machine")]
    return [*portable, *(wheel for wheel in here if wheel not in portable), _free_threaded(here[0])]


def _for_linux(zig: Path | None) -> list[Wheel]:
    machine, found = platform.machine(), []
    for tag, libc in LIBCS.items():
        target, missing = f"{machine}-unknown-linux-{libc}", None
        if zig is None:
            missing = "zig could not be installed; requirements/wheels.txt names it"
        elif not _has_target(target):
            missing = f"Rust has no {target}; run `rustup target add {target}`"
        options = ("--zig", "--target", target, "--compatibility", tag)
        found.append(Wheel(f"abi3, {tag}", options, missing))
    return found


def _has_target(target: str) -> bool:
    command = ["rustc", "--print", "target-libdir", "--target", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0 and Path(done.stdout.strip()).is_dir()


def _free_threaded(like: Wheel) -> Wheel:
    name, python = "cp314t, without a GIL", shutil.which(FREE_THREADED)
    if python is None:
        why = f"no {FREE_THREADED} is on PATH; install a Python 3.14 without a GIL"
        return Wheel(name, missing=why)
    return Wheel(name, ("--interpreter", python, *like.options))


def build(wheel: Wheel, out: Path, zig: Path | None) -> None:
    """Build a wheel into a folder."""
    command = ["maturin", "build", "--quiet", "--release", "--locked"]
    command += ["--manifest-path", str(CRATE / "Cargo.toml"), "--out", str(out), *wheel.options]
    variables = os.environ | ({} if zig is None else {"CARGO_ZIGBUILD_ZIG_PATH": str(zig)})
    if subprocess.run(command, env=variables, check=False).returncode:
        raise ForkError(f"the wheel {wheel.name!r} could not be built; maturin's message is above.")


def audited(wheel: Path, auditwheel: Path) -> None:
    """Stop if a wheel needs a newer system than its name says, or libraries that systems may lack.

    Raises
    ------
    ForkError
        The wheel keeps less than its name promises.
    """
    # Where it looks for libraries: those of this machine's C library say nothing about musl.
    command = [str(auditwheel), "show", "--json", "--ldpaths", "/nowhere", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ForkError(f"auditwheel refuses {wheel.name}: {done.stderr.strip()}")
    report = json.loads(done.stdout)
    # musl loads itself by this name; auditwheel knows only the one that Alpine also gives it.
    others = report["external_libs"].keys() - {"libc.so"}
    runs_on = report["overall_tag" if others or "musllinux" not in wheel.name else "sym_tag"]
    if not keeps(wheel.name, runs_on):
        raise ForkError(f"{wheel.name} runs on {runs_on} only; see `auditwheel show`.")


def keeps(wheel: str, runs_on: str) -> bool:
    """Return whether a wheel promises no more than the oldest system that it runs on.

    >>> name = "a-1-cp312-abi3-manylinux_2_28_x86_64.whl"
    >>> keeps(name, "manylinux_2_17_x86_64"), keeps(name, "manylinux_2_34_x86_64")
    (True, False)
    >>> keeps("a-1-cp312-abi3-linux_x86_64.whl", "linux_x86_64")
    True
    """
    promised, needed = _TAG.search(wheel), _TAG.search(runs_on)
    if promised is None or needed is None:
        return promised is None
    oldest, newest = (tuple(map(int, tag.group(2, 3))) for tag in (needed, promised))
    return promised[1] == needed[1] and oldest <= newest


def main(arguments: list[str]) -> int:
    """Build and check, or list what is built and what is not."""
    parser = argparse.ArgumentParser(prog="./dev wheels", description=__doc__)
    parser.add_argument("--out", type=Path, help="build into this folder")
    parser.add_argument("--tools", type=Path, help="an environment with zig and auditwheel")
    options = parser.parse_args(arguments)
    try:
        zig = None if options.tools is None else zig_of(options.tools)
        for wheel in wheels(zig):
            if options.out is None:
                print(wheel)
            elif wheel.missing is None:
                print(f">> building the wheel {wheel.name}", file=sys.stderr)
                build(wheel, options.out, zig)
        if options.tools is not None and options.out is not None:
            for file in sorted(options.out.glob("zarrs_bindings-*linux*.whl")):
                audited(file, options.tools / "bin" / "auditwheel")
    except ForkError as error:
        print(f"./dev wheels: {error}", file=sys.stderr)
        return 1
    return 0


def zig_of(tools: Path) -> Path:
    """Return the compiler in an environment."""
    found = list(tools.glob("lib/python*/site-packages/ziglang/zig"))
    if not found:
        raise ForkError(f"{tools} has no zig; requirements/wheels.txt names it.")
    return found[0].resolve()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
