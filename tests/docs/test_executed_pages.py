"""Pages whose code is a program: it runs as such, and prints what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.patience import HANG
from tests.remote.fixtures import no_environment, server
from tests.remote.stores import s3
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from tests.remote.server import Server

__all__ = ["no_environment", "server"]

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    "index.md",
    "first-steps.md",
    "is-rust-used.md",
    "memory-and-threads.md",
    "when-not.md",
    "errors.md",
    *(f"recipes/{path.name}" for path in sorted((DOCS / "recipes").glob("*.md"))),
]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    found = _BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    return [text for name, text in found if name == language]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_a_program_that_prints_what_it_shows(
    page: str, server: Server, tmp_path: Path
) -> None:
    """Catches code that no longer runs, and results that it no longer gives."""
    data = np.arange(128, dtype="i4").reshape(16, 8)
    zarr.create_array(ObjectStore(s3(server, "ocean.zarr")), data=data, chunks=(8, 8))
    program = tmp_path / "program.py"
    program.write_text("\n".join(blocks(page, "python")), encoding="utf-8")
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(program)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "".join(blocks(page, "text"))


def test_every_page_is_executed_by_a_test() -> None:
    """Catches a page whose code nobody runs."""
    others = {
        "archives.md", "backends.md", "cli.md", "coverage.md", "damage.md", "engines.md",
        "install.md", "many-reads.md", "ml-data-types.md", "pipeline.md", "promises.md",
        "remote.md", "zarrs-codecs.md",
    }  # fmt: skip
    found = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert found == others | set(PAGES)
