"""A tiny upstream and a tiny project around it, small enough to read in full."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fork import ForkError
from fork.assemble import Assembly, assemble
from fork.fetch import ROOT, fetch_wheel
from fork.names import Modules
from fork.pin import load_pin, tree_digest
from fork.upstream import Upstream, from_wheel
from fork.uses import Use, find_uses, read_checkout

VERSION = "1.2.3"
OURS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

THINGS = '''\
"""Things, with a café: non-ASCII bytes before what is located."""

from typing import overload

import numpy as np

LIMIT = 3


@overload
def reopen(path: str) -> int: ...
@overload
def reopen(path: bytes) -> int: ...
def reopen(path):
    return len(path)


class Thing:
    """A thing.

    Parameters
    ----------
    size : int
        How big.

    colour : str
        Which colour, as in a sentence: red.

    Returns
    -------
    None
    """

    size: int
    colour: str

    def __init__(
        self,
        size: int,
        *,
        colour: str = "red",  # the default
    ) -> None:
        self.size = size
        self.colour = colour

    limit: int = 4

    def to_dict(self) -> dict[str, object]:
        return {
            "size": self.size,
            "colour": self.colour,
        }


@np.vectorize
def grow(size, *, by=1, **options):
    """Grow."""
    # why it grows
    size = size + by
    return size


__all__ = [
    "LIMIT",
    "Thing",
]
'''

VERSION_FILE = f"""\
__version__ = version = '{VERSION}'
__version_tuple__ = version_tuple = (1, 2, 3)
"""

PYPROJECT = """\
[build-system]
requires = ["hatchling", "zarr===1.2.3"]

[project]
requires-python = ">=3.12"
dependencies = ["numpy>=2", "Typing_Extensions>=4.14"]
scripts = { zarr = "zarr._cli:app" }

[project.optional-dependencies]
cli = ["typer"]
gpu = ["cupy; sys_platform != 'darwin'"]

[project.entry-points.pytest11]
zarr = "zarr.testing"

[project.entry-points."zarr.crud.backends"]
mine = "zarr.mine:Backend"
"""

SEAM = {
    "op": "field",
    "target": "Thing",
    "insert": "engine: str",
    "why": "to test",
    "delete_when": "the test is gone",
    "guard": "c92e792b51a6",
}


@dataclass(frozen=True)
class Project:
    """A checkout of a fork of the tiny upstream."""

    root: Path
    upstream: Upstream

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def seams(self, *seams: dict[str, Any], path: str = "things") -> None:
        tables = ("\n".join(f"{k} = {v!r}" for k, v in seam.items()) for seam in seams)
        self.write(f"fork/seams/{path}.toml", "".join(f"[[seam]]\n{t}\n" for t in tables))

    def assemble(self, ours: str = f"{VERSION}+crud.0.1", **changes: Any) -> Assembly:
        return assemble(self.root, replace(self.upstream, **changes), ours)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A checkout that can be assembled; tests damage it."""
    files = {"things.py": THINGS.encode(), "_version.py": VERSION_FILE.encode(), "py.typed": b""}
    upstream = Upstream(
        version=VERSION,
        files=files,
        requires=[
            "numpy>=2",
            "typing-extensions>=4.14",
            "typer; extra == 'cli'",
            "cupy; (sys_platform != 'darwin') and extra == 'gpu'",
        ],
        extras=["cli", "gpu"],
        requires_python=">=3.12",
        entry_points=frozenset(
            {("console_scripts", "zarr", "zarr._cli:app"), ("pytest11", "zarr", "zarr.testing")}
        ),
        licences={"LICENSE.txt": b"do as you please\n"},
    )
    made = Project(tmp_path / "checkout", upstream)
    digest = tree_digest({f"zarr/{path}": data for path, data in files.items()})
    keys = {"version": VERSION, "wheel_sha256": "0", "sdist_sha256": "0", "tree_sha256": digest}
    made.write("fork/upstream.toml", "".join(f'{k} = "{v}"\n' for k, v in keys.items()))
    made.write("pyproject.toml", PYPROJECT)
    made.write("licences/LICENSE.txt", "do as you please\n")
    made.write("src/zarr/mine/__init__.py", "")
    made.write("fork/uses.toml", "public = []\n\n[guards]\n")
    made.seams(SEAM)
    return made


@pytest.fixture(scope="session")
def real_upstream() -> Upstream:
    """The pinned release, from its wheel."""
    return from_wheel(fetch_wheel(load_pin(ROOT / "fork" / "upstream.toml")))


@pytest.fixture(scope="session")
def real_assembly(real_upstream: Upstream) -> Assembly:
    """The pinned release with the seams of this checkout."""
    return assemble(ROOT, real_upstream, OURS)


@pytest.fixture(scope="session")
def real_uses(real_upstream: Upstream) -> list[Use]:
    """The uses of the pinned release in this checkout."""
    known = Modules(real_upstream.files)
    return find_uses(read_checkout(ROOT, known), known)


def refusal(error: pytest.ExceptionInfo[ForkError]) -> str:
    """The message of a refusal, which must be one sentence on one line."""
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message
