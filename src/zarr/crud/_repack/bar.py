"""What shows the progress: a function of the caller, a bar on a terminal, or nothing."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from zarr.crud._archives.printable import printable
from zarr.crud._arguments import shown
from zarr.crud._errors import UnsupportedError
from zarr.crud._repack.report import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.crud._repack.report import Tell


class Count:
    """How far the work is; whoever does a piece of it says so."""

    def __init__(self, total: int, tell: Tell | None) -> None:
        self._total, self._tell = total, tell
        self._done = self._nbytes = 0
        self._began, self._lock = time.monotonic(), Lock()

    @property
    def is_told(self) -> bool:
        """Whether anybody is told."""
        return self._tell is not None

    def add(self, array: str, pieces: int, nbytes: int) -> None:
        """Say that pieces of the work on an array are done."""
        if self._tell is None:
            return
        # One at a time, in order, whatever the thread.
        with self._lock:
            self._done, self._nbytes = self._done + pieces, self._nbytes + nbytes
            seconds = time.monotonic() - self._began
            self._tell(Progress(array, self._done, self._total, self._nbytes, seconds))


def checked_progress(progress: Any) -> Tell | bool | None:
    """Return `progress` if it can show something.

    Raises
    ------
    TypeError
        It is neither a function nor a flag.
    """
    if progress is None or isinstance(progress, bool) or callable(progress):
        found: Tell | bool | None = progress
        return found
    raise TypeError(f"progress is {shown(progress)}; use a function of one argument, or True")


@contextmanager
def counting(total: int, progress: Any, work: str = "repack") -> Iterator[Count]:
    """Yield what counts the work. `True` shows a bar, if the output for errors is a terminal.

    Raises
    ------
    TypeError
        It is neither a function nor a flag.
    UnsupportedError
        The package `rich`, which draws the bar, is not installed.
    """
    tell = checked_progress(progress)
    if callable(tell):
        yield Count(total, tell)
    elif tell and sys.stderr.isatty():
        with _bar(total, work) as shows:
            yield Count(total, shows)
    else:
        yield Count(total, None)


@contextmanager
def _bar(total: int, work: str) -> Iterator[Tell]:
    try:
        from rich import progress as bars
        from rich.console import Console
    except ImportError as err:
        raise UnsupportedError(
            "a progress bar needs the package 'rich'; install it, or pass a function"
        ) from err
    columns: list[Any] = [
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[rate]:.0f} MB/s"),
        bars.TimeRemainingColumn(),
    ]
    with bars.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(work, total=total, rate=0.0)

        def tell(found: Progress) -> None:
            name = printable(found.array) or "/"
            bar.update(task, completed=found.done, description=name, rate=found.rate / 1e6)

        yield tell
