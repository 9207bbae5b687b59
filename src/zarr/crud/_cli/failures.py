"""What a command ends with: an exit status, and at most one line on the standard error."""

from __future__ import annotations

import os
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

import typer

from zarr.crud import UnknownBackendError
from zarr.crud._cli.console import say
from zarr.crud._cli.main import INTERRUPTED
from zarr.errors import BaseZarrError

FAILED: Final = 1
"""The command found something, or could not do what was asked."""

USAGE: Final = 2
"""The arguments are wrong; nothing was done."""

CLOSED: Final = 141
"""Whoever read the output has ended, as shells report the signal that others die of."""

TRACEBACK: Final = "ZARR_CRUD_TRACEBACK"
"""The environment variable that asks for tracebacks."""

# What mistakes, damage, servers and systems raise. Any other may be a defect.
_EXPECTED: Final = (BaseZarrError, OSError, ImportError, MemoryError, IndexError)

_ARGUMENT: Final = re.compile(r"\b(overwrite|resume|verify)=True\b")


class UsageError(Exception):
    """The arguments are wrong; the message says what to write instead."""


class CommandError(Exception):
    """The command cannot do what was asked; the message says why."""


def guarded[**P](command: Callable[P, None]) -> Callable[P, None]:
    """Return a command that ends with an exit status instead of an exception."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with reporting():
            command(*args, **kwargs)
            sys.stdout.flush()

    return run


@contextmanager
def reporting() -> Iterator[None]:
    """Turn exceptions into exit statuses, and warnings into lines."""
    with warnings.catch_warnings():
        warnings.showwarning = _once()
        try:
            yield
        except (typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            _discard_output()
            raise typer.Exit(CLOSED) from None
        except (UsageError, UnknownBackendError) as err:
            say("error", str(err))
            raise typer.Exit(USAGE) from None
        except Exception as err:  # noqa: BLE001  # what a store or a codec raises
            if os.environ.get(TRACEBACK):
                traceback.print_exc()
            else:
                say("error", sentence(err))
            raise typer.Exit(FAILED) from None


def sentence(err: BaseException) -> str:
    """Return what is wrong, with what notes say about it, such as the key of a chunk."""
    return "; ".join([_message(err), *getattr(err, "__notes__", ())])


def _message(err: BaseException) -> str:
    """Return what is wrong. Arguments of functions become options.

    >>> _message(FileExistsError("a group is there; pass overwrite=True"))
    'a group is there; pass --overwrite'
    """
    text = _ARGUMENT.sub(r"--\1", str(err))
    if isinstance(err, CommandError):
        return text
    if isinstance(err, OSError) and err.strerror and err.filename is not None:
        return f"{err.strerror}: {os.fsdecode(err.filename)}"
    if isinstance(err, MemoryError) and not text:
        return "there is not enough memory; read less at a time"
    if isinstance(err, _EXPECTED) and text:
        return text
    name = type(err).__name__
    return f"{name}: {text or 'no reason was given'} ({TRACEBACK}=1 shows where it comes from)"


def _discard_output() -> None:
    """Let the interpreter flush what is left to nowhere when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        # Not a file: the tests' own output.
        pass
    finally:
        os.close(nowhere)


def _once() -> Callable[..., None]:
    """Return what prints each warning once: zarr repeats some for each document."""
    said: set[str] = set()

    def warned(message: Warning | str, *_: Any, **__: Any) -> None:
        if str(message) not in said:
            said.add(str(message))
            say("warning", str(message))

    return warned
