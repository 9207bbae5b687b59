"""``./dev test-overlay``: our tests of functions and backends, on a zarr-python as released.

The environment has the pinned packages, a release of zarr, and the wheels in `dist`. What needs the
fork is listed in `fork/deselected-overlay.txt`, and some of it must fail: a test with many
parameters may need the fork for one of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

from fork import ForkError
from fork.deselection import Deselection, load_deselection
from fork.fetch import ROOT
from fork.pin import load_pin

__all__ = [
    "Failures",
    "deselected",
    "environment",
    "main",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "unmatched",
]

FOLDERS = ("tests/crud", "tests/zarrs", "tests/zarrista", "tests/data_types")
LIST = ROOT / "fork" / "deselected-overlay.txt"
WHEELS = ("zarr_crud-*.whl", "zarrs_bindings-*.whl")
LISTED = "OVERLAY_LISTED"


def pytest_configure(config: pytest.Config) -> None:
    """In a run of the listed tests, look at the list, in the process that has all results."""
    if LISTED in os.environ and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Failures())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In a run of the listed tests, let them fail."""
    if LISTED in os.environ:
        for item in items:
            item.add_marker(pytest.mark.xfail(reason=LIST.name, strict=False))


class Failures:
    """A pytest plugin: demands that of every listed test one has failed."""

    def __init__(self) -> None:
        self.tests: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the names of those that fail."""
        if report.skipped and hasattr(report, "wasxfail"):
            self.tests.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run for an entry that is not needed."""
        for entry in unmatched(deselected(os.environ.get(LISTED, "")).failing, self.tests):
            print(f"\nzarr fork: {LIST.name}: {entry} has not failed; delete or correct the entry.")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def deselected(release: str) -> Deselection:
    """The tests that a run leaves out: the common list, and that of the release if it has one."""
    own = LIST.with_name(f"{LIST.stem}-{release}.txt")
    common = load_deselection(LIST)
    return common | load_deselection(own) if own.exists() else common


def unmatched(entries: dict[str, str], tests: list[str]) -> list[str]:
    """The entries that name none of the tests."""
    return [entry for entry in entries if not any(_matches(test, entry) for test in tests)]


def _matches(nodeid: str, entry: str) -> bool:
    return nodeid == entry or nodeid.startswith((f"{entry}[", f"{entry}::"))


def environment(folder: Path, release: str, wheels: list[Path]) -> Path:
    """The Python of an environment with the pinned packages, a release of zarr, and these wheels.

    It is made anew when one of them has changed.
    """
    pins = ROOT / "requirements" / "dev.txt"
    digest = sha256(release.encode())
    for file in (pins, *wheels):
        digest.update(file.read_bytes())
    python, stamp = folder / "bin" / "python", folder / "stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _uv("venv", "--quiet", "--python", sys.executable, folder)
    into = ("--quiet", "--python", python)
    _uv("pip", "sync", *into, "--require-hashes", pins)
    _uv("pip", "install", *into, "--no-deps", f"zarr==={release}")
    _uv("pip", "install", *into, "--no-deps", *wheels)
    stamp.write_text(digest.hexdigest(), encoding="utf-8")
    return python


def _uv(*arguments: str | Path) -> None:
    command = [Path(sys.executable).with_name("uv"), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ForkError(f"`uv {' '.join(map(str, arguments[:2]))}` failed: {done.stderr.strip()}")


def _wheels(dist: Path) -> list[Path]:
    found = [list(filter(_suits, sorted(dist.glob(pattern)))) for pattern in WHEELS]
    if not all(len(files) == 1 for files in found):
        raise ForkError(
            "dist does not hold one wheel of each kind for this machine; run `./dev wheels`."
        )
    return [files[0] for files in found]


def _suits(wheel: Path) -> bool:
    *_, tags = parse_wheel_filename(wheel.name)
    return not tags.isdisjoint(sys_tags())


def main(arguments: list[str] | None = None) -> int:
    """Run the tests; all arguments except `--zarr` go to pytest."""
    parser = argparse.ArgumentParser(
        prog="./dev test-overlay", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--zarr", help="the release of zarr; by default the pinned one")
    options, rest = parser.parse_known_args(arguments)
    release = options.zarr or load_pin(ROOT / "fork" / "upstream.toml").version
    try:
        folder = ROOT / "build" / "overlay" / release
        python = environment(folder, release, _wheels(ROOT / "dist"))
        deselection = deselected(release)
    except ForkError as error:
        print(f"zarr fork: {error}", file=sys.stderr)
        return 1
    print(f">> functions and backends of the overlay, on zarr {release}", flush=True)
    left_out = [f"--ignore={path}" for path in deselection.excluded]
    left_out += [f"--deselect={test}" for test in deselection.failing]
    status = _pytest(python, *left_out, *(rest or FOLDERS))
    if rest or not deselection.failing:
        return status
    print(f">> the tests that {LIST.name} says need the fork", flush=True)
    os.environ[LISTED] = release
    return _pytest(python, *deselection.failing) or status


def _pytest(python: Path, *arguments: str) -> int:
    # Without the checkout's own zarr_crud on the path: the wheel is tested.
    command = [
        *(str(python), "-m", "pytest", "-p", "fork.overlay_tests", "-o", "pythonpath=."),
        *("-q", "--no-header", "-n", "auto", "--dist", "worksteal", "-r", "fE"),
        *("-p", "no:cacheprovider", *arguments),
    ]
    # Programs that tests start are those of the environment.
    variables = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "VIRTUAL_ENV": str(python.parents[1]),
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
