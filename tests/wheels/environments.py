"""Fresh environments, what is in them, and how their own pip changes them."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

# The interpreter that all environments are made of.
BASE = Path(sys.base_prefix) / "bin" / "python3"

UV = Path(sys.executable).with_name("uv")


@dataclass(frozen=True)
class Environment:
    """An environment and the wheels that can be installed into it."""

    folder: Path
    dist: Path
    constraints: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        """The folder of packages."""
        (found,) = self.folder.glob("lib/python3*/site-packages")
        return found

    def run(self, *command: str | Path, fails: bool = False) -> str:
        """Run the Python of the environment, and return what it prints."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_", "UV_"))}
        done = subprocess.run(
            [self.folder / "bin" / "python", *command],
            cwd=self.folder,
            env=clean | {"PYTHONDONTWRITEBYTECODE": "1"} | self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return (done.stderr if fails else done.stdout).strip()

    def pip(self, *arguments: str | Path) -> str:
        """Run pip; installs find the wheels of this checkout and the pinned versions."""
        verb, *rest = map(str, arguments)
        found = ("--find-links", self.dist, "--constraint", self.constraints, "--no-compile")
        options = ("--disable-pip-version-check", "--quiet")
        return self.run("-m", "pip", verb, *options, *(found if verb == "install" else ()), *rest)

    def install(self, *packages: str | Path) -> None:
        """Install packages with pip."""
        self.pip("install", *packages)

    def prepare(self, *packages: str) -> None:
        """Install what others provide, faster."""
        found = ("--find-links", self.dist, "--constraint", self.constraints)
        command: list[str | Path] = [UV, "pip", "install", "--quiet", *found, *packages]
        environment = os.environ | {"VIRTUAL_ENV": str(self.folder)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def check(self) -> None:
        """Let pip check that all requirements are met."""
        self.pip("check")

    def files(self) -> dict[str, str]:
        """The digest of every file of the folder of packages."""
        site = self.site
        return {
            path.relative_to(site).as_posix(): _hashed(path)
            for path in sorted(site.rglob("*"))
            if path.is_file() and path.suffix != ".pyc"
        }

    def is_intact(self, distribution: str) -> bool:
        """Whether the files of a distribution are those that its own record lists."""
        return self.changed(distribution) == []

    def changed(self, distribution: str) -> list[str]:
        """The files of a distribution that are missing, or not as its own record lists them."""
        (record,) = self.site.glob(f"{distribution}-*.dist-info/RECORD")
        rows = [row for row in csv.reader(record.read_text().splitlines()) if row[1]]
        assert len(rows) > 5
        files = {name: self.site / name for name, *_ in rows}
        return [
            name
            for name, digest, _ in rows
            if not files[name].is_file() or _hashed(files[name]) != digest
        ]


def _hashed(file: Path) -> str:
    digest = urlsafe_b64encode(sha256(file.read_bytes()).digest()).decode().rstrip("=")
    return f"sha256={digest}"


def made(folder: Path, dist: Path, constraints: Path, *options: str) -> Environment:
    """Make an environment with the pip of this checkout's tests."""
    command: list[str | Path] = [
        *(UV, "venv"),
        "--quiet",
        "--seed",
        "--python",
        BASE,
        *options,
        folder,
    ]
    subprocess.run(command, check=True, capture_output=True)
    return Environment(folder, dist, constraints)
