"""A command ends with an exit status and at most one line, whatever happens."""

from __future__ import annotations

import os
import signal
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

import zarr
from tests.crud.cli.running import error, run, started
from tests.patience import wait_for
from tests.remote.fixtures import no_environment, server
from zarr.crud._cli.failures import TRACEBACK, CommandError, UsageError, guarded, sentence
from zarr.storage import LocalStore

__all__ = ["no_environment", "server"]


def test_an_interrupt_ends_a_command_without_a_word(server: Any) -> None:
    """Catches a traceback after Ctrl-C, or another exit status than 130."""
    server.latency = 60.0
    options = ("-o", f"endpoint_url={server.url}", "-o", "key=id", "-o", "secret=s")
    process = started("info", "s3://bucket/a", *options)
    wait_for(lambda: bool(server.requests), "the first request")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("command", [["info"], ["cat"], ["doctor", "--max-seconds", "0.2"]])
def test_a_command_over_the_network_ends_without_a_word(
    server: Any, ocean: Path, command: list[str]
) -> None:
    """Catches a client whose threads or loop complain when the interpreter ends."""
    for path in (ocean / "depth").rglob("*"):
        if path.is_file():
            server.objects[f"bucket/{path.relative_to(ocean).as_posix()}"] = path.read_bytes()
    options = ("-o", f"endpoint_url={server.url}", "-o", "key=id", "-o", "secret=s")
    process = started(command[0], "s3://bucket/depth", *command[1:], *options)
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, b"")


def test_a_closed_pipe_ends_a_command_without_a_word(tmp_path: Path) -> None:
    """Catches a traceback after `| head`."""
    zarr.create_array(LocalStore(tmp_path / "a"), data=np.arange(400_000), chunks=100_000)
    process = started("cat", tmp_path / "a", "-f", "csv")
    assert process.stdout.readline() == b"0\n"
    process.stdout.close()
    assert process.wait(timeout=60) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_closed_pipe_is_noticed_at_the_end(ocean: Path) -> None:
    """Catches output that fits in a buffer, and is flushed when nobody looks."""
    process = started("ls", ocean)
    process.stdout.close()
    assert process.wait(timeout=60) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("arguments", [[], ["x"], ["info"], ["cat", "a", "0", "1"], ["ls", "--x"]])
def test_wrong_usage_has_its_status(arguments: list[str]) -> None:
    """Catches wrong arguments that look like findings."""
    result = run(*arguments, status=2)
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("raised", "status", "said"), [
    (UsageError("use b"), 2, "use b"),
    (CommandError("it is gone"), 1, "it is gone"),
    (FileNotFoundError(2, "No such file or directory", "a"), 1, "No such file or directory: a"),
    (MemoryError(), 1, "there is not enough memory; read less at a time"),
    (KeyError("a"), 1, f"KeyError: 'a' ({TRACEBACK}=1 shows where it comes from)"),
    (OSError("two\n lines"), 1, "two lines"),
])  # fmt: skip
def test_an_exception_is_one_line(
    raised: Exception, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches an exception without a message, or one of several lines."""

    def command() -> None:
        raise raised

    with pytest.raises(typer.Exit) as ended:
        guarded(command)()
    assert ended.value.exit_code == status
    assert capsys.readouterr().err == f"error: {said}\n"


def test_a_traceback_is_printed_if_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a defect that nobody can report."""

    def command() -> None:
        raise KeyError("a")

    monkeypatch.setenv(TRACEBACK, "1")
    with pytest.raises(typer.Exit):
        guarded(command)()
    assert "Traceback" in capsys.readouterr().err


def test_a_warning_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a warning with lines of our source, or one for each document."""

    def command() -> None:
        warnings.simplefilter("always")
        for _ in range(2):
            warnings.warn("look\nout", UserWarning, stacklevel=1)

    guarded(command)()
    assert capsys.readouterr().err == "warning: look out\n"


def test_notes_are_shown() -> None:
    """Catches an error of a store without the key that it is about."""
    err = OSError("the server does not answer")
    err.add_note("array 'a', chunk (0, 1), key 'a/c/0/1'")
    assert sentence(err) == f"{err}; array 'a', chunk (0, 1), key 'a/c/0/1'"


def test_a_name_of_bytes_is_shown() -> None:
    """Catches a file name that is no text and ends the message."""
    name = os.fsdecode(b"a\xff")
    assert "a" in sentence(FileNotFoundError(2, "No such file or directory", name))


def test_names_of_bytes_are_escaped(tmp_path: Path) -> None:
    """Catches half a surrogate pair that cannot be printed."""
    assert "a" in error("info", tmp_path / os.fsdecode(b"a\xff"))
