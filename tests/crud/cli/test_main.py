"""The console script starts, or says what to install."""

from __future__ import annotations

import subprocess
import sys

from tests.crud.cli.running import CODE, error_without_typer, own_environment


def test_without_typer_one_sentence_says_what_to_install() -> None:
    """Catches a traceback where the command line was not installed."""
    assert "pip install typer" in error_without_typer(CODE)


def test_programs_load_no_command_line() -> None:
    """Catches an import that makes every program load typer and rich."""
    code = """
import sys
import zarr, zarr.crud
zarr.crud.read_region, zarr.crud.doctor
assert not {"typer", "rich", "click"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, env=own_environment())
