"""``./dev test-upstream``: the test suite of the pinned upstream release, on the installed fork."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from fork import ForkError
from fork.deselection import Deselection, load_deselection
from fork.fetch import ROOT, fetch_sdist
from fork.pin import Pin, load_pin

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["check_failing", "deselected", "main", "unpack", "verdicts"]


def unpack(sdist: Path, target: Path) -> Path:
    """Unpack the tests and their pytest options (no package code) to `target`, once."""
    if not target.is_dir():
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        with tarfile.open(sdist) as archive:
            for member in archive:
                path = member.name.partition("/")[2]
                if path == "pyproject.toml" or path.startswith("tests/"):
                    archive.extract(member.replace(name=path, deep=False), partial, filter="data")
        partial.rename(target)
    return target


class _Recorder:
    """A pytest plugin: runs the tests that the entries name, and keeps each outcome."""

    def __init__(self, entries: Collection[str]) -> None:
        self.entries = entries
        self.outcomes: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [i for i in items if any(_matches(i.nodeid, e) for e in self.entries)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            worse = self.outcomes.get(report.nodeid) == "failed"
            self.outcomes[report.nodeid] = "failed" if worse else report.outcome


def _matches(nodeid: str, entry: str) -> bool:
    return nodeid == entry or nodeid.startswith((f"{entry}[", f"{entry}::"))


def verdicts(entries: Collection[str], outcomes: dict[str, str]) -> list[str]:
    """A sentence for every entry that matches no test, or matches a test that does not fail."""
    wrong = []
    for entry in entries:
        found = {test: o for test, o in outcomes.items() if _matches(test, entry)}
        if not found:
            wrong.append(f"{entry} matches no test; delete or correct the entry.")
        wrong += [
            f"{test} has {outcome}; narrow or delete the entry."
            for test, outcome in found.items()
            if outcome != "failed"
        ]
    return wrong


def check_failing(suite: Path, failing: Collection[str]) -> list[str]:
    """Run the tests in `failing` in the folder `suite`, which becomes the working directory.

    Returns
    -------
    list[str]
        The objections, see `verdicts`.
    """
    named = {entry.partition("::")[0] for entry in failing}
    files = sorted(file for file in named if (suite / file).is_file())
    recorder = _Recorder(failing)
    if not files:
        return verdicts(failing, {})
    os.chdir(suite)
    # Without a reporter, because expected failures must not look like failures of the run.
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "-o", "addopts="]
    pytest.main([*options, *files], plugins=[recorder])
    return verdicts(failing, recorder.outcomes)


PIPELINE = "zarr.zarrs.ZarrsCodecPipeline"


def deselected(engine: str | None) -> Deselection:
    """The tests that a run leaves out: the common list, and the engine's own if it has one.

    The codec pipeline counts as the engine `"pipeline"`.
    """
    common = load_deselection(ROOT / "fork" / "deselected.txt")
    own = ROOT / "fork" / f"deselected-{engine}.txt"
    return common | load_deselection(own) if engine is not None and own.exists() else common


def _run(suite: Path, deselection: Deselection, arguments: list[str]) -> int:
    options = ["-o", "addopts=", "-n", "auto", "--dist", "worksteal", "-q", "--no-header"]
    command = [sys.executable, "-m", "pytest", "-p", "fork.upstream_data_types", *options]
    for path in deselection.excluded:
        if not (suite / path).exists():
            raise ForkError(f"fork/deselected.txt: {path} is not in the suite; delete the entry.")
        command += ["--ignore", path]
    for test in deselection.failing:
        command += ["--deselect", test]
    # The plugin is imported in the folder of the suite.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, *arguments], cwd=suite, env=environment, check=False)
    return done.returncode


def main(arguments: list[str] | None = None) -> int:
    """Run the suite; without pytest arguments, also check that the listed tests fail."""
    parser = argparse.ArgumentParser(
        prog="./dev test-upstream", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--engine", help="the engine of every array that names none")
    parser.add_argument(
        "--pipeline", action="store_true", help=f"configure the codec pipeline {PIPELINE}"
    )
    options, rest = parser.parse_known_args(arguments)
    if options.pipeline and options.engine is not None:
        parser.error("an engine takes the place of a codec pipeline; choose one of them")
    try:
        return _main("pipeline" if options.pipeline else options.engine, rest)
    except ForkError as error:
        print(f"zarr fork: {error}", file=sys.stderr)
        return 1


def _main(engine: str | None, arguments: list[str]) -> int:
    pin: Pin = load_pin(ROOT / "fork" / "upstream.toml")
    suite = unpack(fetch_sdist(pin), ROOT / "build" / "upstream" / f"tests-{pin.version}")
    deselection = deselected(engine)
    if engine == "pipeline":
        os.environ["ZARR_CODEC_PIPELINE__PATH"] = PIPELINE
    elif engine is not None:
        os.environ["ZARR_ARRAY__ENGINE"] = engine
    said = PIPELINE if engine == "pipeline" else f"engine {engine or 'as configured'}"
    print(f">> upstream's {pin.version} suite, {said}", flush=True)
    status = _run(suite, deselection, arguments)
    if arguments:
        return status
    print(">> the tests that fork/deselected*.txt says must fail", flush=True)
    wrong = check_failing(suite, deselection.failing)
    print(f">> {len(deselection.failing)} entries, {len(wrong)} wrong", flush=True)
    for sentence in wrong:
        print(f"zarr fork: {sentence}", file=sys.stderr)
    return status or bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
