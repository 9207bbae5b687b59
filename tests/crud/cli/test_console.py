"""What is printed, with and without a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.crud.cli.running import COMMAND, own_environment
from zarr.crud._cli.console import columns, show, show_json


def on_terminal(*arguments: str, **environment: str) -> str:
    """Run a command whose output is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=theirs, stderr=theirs, env=own_environment(**environment)
    )
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 1 << 16):
            text += part
    except OSError:
        # The end, on Linux.
        pass
    os.close(ours)
    assert process.wait() == 0, text
    return text.decode()


def test_only_terminals_get_colour(ocean: Path) -> None:
    """Catches escape sequences in a file, or a terminal without colour."""
    assert "\x1b[" in on_terminal("tree", str(ocean))
    command = [*COMMAND, "tree", str(ocean)]
    done = subprocess.run(command, env=own_environment(), capture_output=True, check=True)
    assert b"\x1b" not in done.stdout


def test_no_color_is_respected(ocean: Path) -> None:
    """Catches colour for somebody who has turned it off."""
    for command in ("tree", "info", "ls"):
        assert "\x1b" not in on_terminal(command, str(ocean), NO_COLOR="1")


def test_long_lines_are_whole_outside_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a value that is cut where a program reads it."""
    show(columns([["a", "x" * 500], ["bb", "y"]]))
    assert capsys.readouterr().out == f"a   {'x' * 500}\nbb  y\n"


def test_numbers_that_json_lacks_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches `NaN`, which is no JSON."""
    show_json({"a": [float("nan"), -float("inf")], "b": (1, None)})
    assert '"NaN"' in (text := capsys.readouterr().out)
    assert '"-Infinity"' in text


def test_what_the_encoding_lacks_is_escaped(ocean: Path) -> None:
    """Catches a name that ends the command where the terminal is not UTF-8."""
    command = [*COMMAND, "tree", str(ocean)]
    done = subprocess.run(
        command, env=own_environment(PYTHONIOENCODING="ascii"), capture_output=True, check=True
    )
    assert done.stdout.isascii()
