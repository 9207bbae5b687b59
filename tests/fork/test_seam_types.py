"""A seam that applies and compiles can still be wrong; type checking finds most such errors."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest

from fork.build import LIVE
from fork.fetch import ROOT
from fork.seam import load_seams
from zarr._engine.keyword import signatures

if TYPE_CHECKING:
    from fork.assemble import Assembly
    from fork.weave import Insertion

MESSAGE = re.compile(rf"^{re.escape(LIVE)}/(.+?):(\d+): error: (.*)$", re.MULTILINE)


def _inserted(insertions: list[Insertion]) -> set[int]:
    """The line numbers of the insertions in the assembled file."""
    numbers: set[int] = set()
    for insertion in sorted(insertions, key=lambda i: i.line):
        first = insertion.line + len(numbers) + 1
        numbers |= set(range(first, first + len(insertion.lines)))
    return numbers


@pytest.mark.slow
def test_no_inserted_line_has_a_type_error(real_assembly: Assembly) -> None:
    """Catches a seam that uses a variable which the function does not have in this release."""
    insertions = real_assembly.insertions
    names = (path.removesuffix(".py").replace("/", ".") for path in insertions)
    modules = ["zarr" if name == "__init__" else f"zarr.{name}" for name in names]
    # Errors in upstream's own lines do not count: its optional dependencies are not installed.
    options = ["--strict", "--ignore-missing-imports", "--no-error-summary", "--hide-error-context"]
    command = [sys.executable, "-m", "mypy", *options, *(f"-m{module}" for module in modules)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    wrong = [
        message.group()
        for message in MESSAGE.finditer(done.stdout)
        if int(message[2]) in _inserted(insertions.get(message[1], []))
    ]
    assert not wrong
    for path, found in insertions.items():
        lines = (ROOT / LIVE / path).read_bytes().splitlines(keepends=True)
        text = b"".join(line for i in sorted(found, key=lambda i: i.line) for line in i.lines)
        assert b"".join(lines[n - 1] for n in sorted(_inserted(found))) == text


SIGNATURES = [
    (f"zarr.{path.removesuffix('.py').replace('/', '.')}", seam.target, shown[1])
    for path, seams in load_seams(ROOT / "fork" / "seams").items()
    for seam in seams
    if (shown := re.match(r"@_engine\.\w+_as\(_engine\.signatures\.(\w+)[,)]", seam.insert))
]


@pytest.mark.parametrize(("module", "target", "name"), SIGNATURES)
def test_the_signature_for_type_checkers_is_that_at_run_time(
    module: str, target: str, name: str
) -> None:
    """Catches an upstream parameter that type checkers reject, or a parameter that does not
    exist.
    """
    function = attrgetter(target)(import_module(module))
    assert _told(function) == _told(getattr(signatures, name))


def _told(function: Any) -> list[tuple[str, object, object, str]]:
    """The parameters and their annotations, without module names; upstream does not annotate
    `self`.
    """
    return [
        (p.name, p.kind, p.default, "" if p.name == "self" else re.sub(r"\w+\.", "", p.annotation))
        for p in inspect.signature(function).parameters.values()
    ]


def test_the_signatures_are_all_in_use() -> None:
    """Catches a signature that is left behind when a seam is removed."""
    functions = {n for n, v in vars(signatures).items() if inspect.isfunction(v)}
    assert {name for _, _, name in SIGNATURES} == functions - {"shown_as", "shows_engine"}
