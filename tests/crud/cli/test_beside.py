"""The import of our commands by upstream's application."""

from __future__ import annotations

import subprocess
import sys

from tests.crud.cli.running import own_environment


def test_without_typer_the_script_says_what_to_install() -> None:
    """Catches a traceback of the script `zarr` where the command line was not installed."""
    code = "import sys; sys.modules['typer'] = None; from zarr._cli.cli import app; app()"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, env=own_environment(), check=False
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "pip install typer" in line
