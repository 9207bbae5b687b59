"""The application `zarr` has its own commands and ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

import zarr
from tests.crud.cli.running import own_environment
from zarr._cli.cli import app
from zarr.crud._cli.app import COMMANDS
from zarr.storage import LocalStore


def test_all_commands_are_there() -> None:
    """Catches a command of ours, or of upstream's, that is missing."""
    text = CliRunner().invoke(app, ["--help"]).stdout
    names = [function.__name__ for function, _ in COMMANDS]
    for name in ("migrate", "remove-metadata", *names):
        assert f"│ {name} " in text
    assert "zarr info ocean.zarr/depth" in CliRunner().invoke(app, ["info", "--help"]).stdout


def test_upstreams_command_does_what_it_did(tmp_path: Path) -> None:
    """Catches a seam that changes another command."""
    zarr.create_array(LocalStore(tmp_path), data=np.arange(3), zarr_format=2)
    assert CliRunner().invoke(app, ["migrate", "v3", str(tmp_path)]).exit_code == 0
    assert (tmp_path / "zarr.json").exists()


def test_our_command_is_a_process(tmp_path: Path) -> None:
    """Catches an exception that only the script of upstream does not catch."""
    for arguments, status in ((["info", str(tmp_path / "none")], 1), (["cat", "a", "x"], 2)):
        code = "from zarr._cli.cli import app; app()"
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, env=own_environment(), check=False
        )
        assert done.returncode == status
        [line] = done.stderr.splitlines()
        assert line.startswith("error: ")
