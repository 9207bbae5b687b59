"""The wheels for `./dev test-wheels`, which builds them; `./dev test` collects nothing here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fork.fetch import ROOT
from tests.wheels.environments import Environment, made

if TYPE_CHECKING:
    from collections.abc import Callable

DIST = Path(os.environ.get("WHEELS", "")).resolve()

collect_ignore_glob = [] if "WHEELS" in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def constraints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pinned versions, without hashes, so that wheels of this checkout need none."""
    lines = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8").splitlines()
    file = tmp_path_factory.mktemp("constraints") / "constraints.txt"
    pins = (line.removesuffix(" \\") for line in lines if "==" in line and line[0].isalpha())
    file.write_text("\n".join(pins), encoding="utf-8")
    return file


@pytest.fixture
def environment(tmp_path: Path, constraints: Path) -> Callable[..., Environment]:
    """A function that makes a fresh environment with packages."""

    def make(*packages: str, options: tuple[str, ...] = ()) -> Environment:
        found = made(tmp_path / "environment", DIST, constraints, *options)
        if packages:
            found.prepare(*packages)
        return found

    return make
