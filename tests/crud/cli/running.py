"""Commands, run in this process and in others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from typer.testing import CliRunner, Result

from zarr.crud._cli.app import app

CODE: Final = "from zarr.crud._cli.main import main; main()"

COMMAND: Final = [sys.executable, "-c", CODE]
"""What the console script does."""


def run(*arguments: str | Path, status: int = 0) -> Result:
    """Run a command in this process."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == status, (result.output, result.exception)
    return result


def said(*arguments: str | Path) -> str:
    """What a command prints."""
    return run(*arguments).stdout


def found(*arguments: str | Path) -> Any:
    """What a command prints with `--json`."""
    return json.loads(run(*arguments, "--json").stdout)


def error(*arguments: str | Path, status: int = 1) -> str:
    """The one line that a command prints when it fails."""
    result = run(*arguments, status=status)
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def error_without_typer(code: str) -> str:
    """The one line that a program prints when it fails, where `typer` is not installed."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.modules['typer'] = None\n{code}"],
        capture_output=True,
        text=True,
        env=own_environment(),
        check=False,
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def started(*arguments: str | Path, code: str = CODE, **environment: str) -> Any:
    """Run a command in another process."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=own_environment(**environment),
    )


def own_environment(**environment: str) -> dict[str, str]:
    """The environment of the tests, without settings that change what is printed."""
    unwanted = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "GITHUB_ACTIONS")
    kept = {name: held for name, held in os.environ.items() if name not in unwanted}
    path = os.pathsep.join(filter(None, sys.path))
    return kept | {"PYTHONPATH": path, "TERM": "xterm-256color"} | environment
