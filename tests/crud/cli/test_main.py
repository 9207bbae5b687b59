"""The console script starts, or says what to install."""

from __future__ import annotations

import subprocess
import sys

from tests.crud.cli.running import CODE, own_environment

WITHOUT = "import sys; sys.modules['typer'] = None\n"


def test_without_typer_one_sentence_says_what_to_install() -> None:
    """Catches a traceback where the command line was not installed."""
    command = [sys.executable, "-c", WITHOUT + CODE]
    done = subprocess.run(
        command, capture_output=True, text=True, env=own_environment(), check=False
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "pip install typer" in line


def test_programs_load_no_command_line() -> None:
    """Catches an import that makes every program load typer and rich."""
    code = """
import sys
import zarr, zarr.crud
zarr.crud.read_region, zarr.crud.doctor
assert not {"typer", "rich", "click"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, env=own_environment())
