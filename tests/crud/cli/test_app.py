"""All commands are there, and their help has examples that work."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.crud.cli.running import CODE, own_environment, run
from zarr.crud._cli.app import COMMANDS, add_commands

NAMES = [function.__name__ for function, _ in COMMANDS]


def plain(text: str) -> str:
    """Text without what frames it."""
    return " ".join(text.replace("│", " ").split())


@pytest.mark.parametrize(("function", "examples"), COMMANDS, ids=NAMES)
def test_help_has_examples_of_real_options(function: Any, examples: tuple[str, ...]) -> None:
    """Catches an example that is not shown, or with an option that is not there."""
    name = function.__name__
    text = plain(run(name, "--help").stdout)
    assert "--json" in text
    for example in examples:
        program, command, *rest = shlex.split(example.partition(" > ")[0].partition(" | ")[0])
        assert (program, command) == ("zarr-crud", name)
        assert example.split(" | ")[0][:60] in text
        for word in rest:
            assert not word.startswith("--") or word.partition("=")[0] in text


def test_commands_can_be_added_to_another_application() -> None:
    """Catches examples that call another program."""
    other = typer.Typer()
    other.command("own")(lambda: None)
    add_commands(other, "other")
    text = CliRunner().invoke(other, ["tree", "--help"]).stdout
    assert "other tree ocean.zarr" in text


def test_shells_complete_commands() -> None:
    """Catches a completion that prints nothing."""
    wanted = {
        "_ZARR_CRUD_COMPLETE": "complete_bash",
        "COMP_WORDS": "zarr-crud e",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=own_environment(**wanted), capture_output=True, check=True
    )
    assert done.stdout.split() == [b"engines"]


def test_the_version_is_told() -> None:
    """Catches a flag that needs a command."""
    assert run("--version").stdout.startswith("zarr ")
