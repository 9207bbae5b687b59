"""``./dev test-zarrs-python``: the test suite of zarrs-python, on our codec pipeline.

The suite is in the source distribution of PyPI's `zarrs`. It runs in an environment that has all
packages of `.venv` but that one, and `zarrs-drop-in` in its place.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

from fork import ForkError
from fork.deselection import load_deselection
from fork.fetch import ROOT, fetch_other
from fork.upstream_tests import check_failing, unpack

__all__ = ["environment", "main"]

VERSION: Final = "0.2.3"
SHA256: Final = "61640dbbffb9a0b0ebd73f970ce97b52ef56df2828c2809058016d76da59ee60"
PLACE: Final = ROOT / "build" / "zarrs-python"
INSIDE: Final = "--inside"
ELSEWHERE: Final = ("tests/test_obstore.py::test_obstore_http",)
"""Tests that need the internet."""


def environment(folder: Path, packages: Path) -> Path:
    """Make an environment with links to all packages but `zarrs`; return its interpreter."""
    python = folder / "bin" / "python"
    uv = str(ROOT / ".venv" / "bin" / "uv")
    subprocess.run(
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True
    )
    (site,) = folder.glob("lib/python*/site-packages")
    for path in packages.iterdir():
        name = path.name.partition("-")[0].lower()
        if name not in ("zarrs", "pip", "uv") and not (site / path.name).exists():
            (site / path.name).symlink_to(path)
    install = [uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps"]
    needed = str(ROOT / "requirements" / "zarrs-python.txt")
    subprocess.run([*install, "--require-hashes", "-r", needed], check=True)
    drop_in = str(ROOT / "packages" / "zarrs-drop-in")
    subprocess.run([*install, "--no-build-isolation", drop_in], check=True)
    return python


def _run(arguments: list[str]) -> int:
    """Run the suite, in the environment; then those tests that must fail."""
    suite = PLACE / f"tests-{VERSION}"
    deselection = load_deselection(ROOT / "fork" / "deselected-zarrs-python.txt")
    options = ["-o", "addopts=", "--import-mode=importlib", "-p", "no:cacheprovider"]
    options += ["-p", "fork.zarrs_python_names"]
    command = [sys.executable, "-m", "pytest", *options, "-n", "auto", "-q", "--no-header"]
    for path in deselection.excluded:
        command += ["--ignore", path]
    for test in (*deselection.failing, *ELSEWHERE):
        command += ["--deselect", test]
    print(f">> the suite of zarrs-python {VERSION}, zarr.zarrs.ZarrsCodecPipeline", flush=True)
    status = subprocess.run([*command, *arguments], cwd=suite, check=False).returncode
    if arguments:
        return status
    wrong = check_failing(suite, deselection.failing)
    print(f">> {len(deselection.failing)} entries, {len(wrong)} wrong", flush=True)
    for sentence in wrong:
        print(f"zarr fork: {sentence}", file=sys.stderr)
    return status or bool(wrong)


def main(arguments: list[str] | None = None) -> int:
    """Run the suite; arguments go to pytest."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == [INSIDE]:
        return _run(given[1:])
    try:
        unpack(fetch_other("zarrs", VERSION, SHA256), PLACE / f"tests-{VERSION}")
    except ForkError as error:
        print(f"zarr fork: {error}", file=sys.stderr)
        return 1
    python = environment(PLACE / "env", Path(sysconfig.get_path("purelib")))
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [str(python), "-m", "fork.zarrs_python_tests", INSIDE, *given]
    return subprocess.run(command, env=variables, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
