"""The standard output and error: text with or without colour, and JSON."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from io import TextIOWrapper
from typing import IO, Any, Final

from rich.console import Console, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from zarr.crud._cli.escaping import escaped, one_line

_STYLES: Final = {"error": "bold red", "warning": "yellow", "note": "bold"}

# Wider than any line: what is no terminal gets whole lines.
_UNBOUNDED: Final = 1 << 20


def say(kind: str, message: str) -> None:
    """Print one line on the standard error."""
    console = _console(sys.stderr)
    line = Text.assemble((f"{kind}: ", _STYLES[kind]), one_line(message))
    console.print(line, soft_wrap=True)


def show(renderable: RenderableType) -> None:
    """Print something to look at."""
    console = _console(sys.stdout)
    with console.capture() as captured:
        console.print(renderable, soft_wrap=isinstance(renderable, Text))
    # Rich pads the last column of tables.
    for line in captured.get().splitlines():
        sys.stdout.write(f"{line if console.is_terminal else line.rstrip()}\n")


def show_lines(lines: Iterable[str]) -> None:
    """Print lines of plain text, escaped."""
    for line in lines:
        sys.stdout.write(f"{escaped(line)}\n")


def show_json(value: Any) -> None:
    """Print one JSON document. Numbers that JSON lacks are text, as in metadata documents."""
    sys.stdout.write(f"{json.dumps(_plain(value), indent=2, allow_nan=False)}\n")


def columns(rows: Iterable[Sequence[str | Text]], *, right: Sequence[int] = ()) -> Table:
    """Return rows in aligned columns, without lines or a heading, escaped.

    The columns `right` are aligned to the right.
    """
    table = Table.grid(padding=(0, 2, 0, 0))
    rows = [[_cell(cell) for cell in row] for row in rows]
    for number in range(max(map(len, rows), default=0)):
        side: JustifyMethod = "right" if number in right else "left"
        table.add_column(justify=side, no_wrap=number + 1 < len(rows[0]), overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def members(pairs: Mapping[str, str | Text]) -> Table:
    """Return names and values as two columns."""
    return columns([(Text(f"  {name}", "cyan"), value) for name, value in pairs.items()])


def _cell(cell: str | Text) -> Text:
    return cell if isinstance(cell, Text) else Text(escaped(cell))


def _console(file: IO[str]) -> Console:
    if isinstance(file, TextIOWrapper):
        # A name that the terminal's encoding lacks is no reason to stop.
        file.reconfigure(errors="backslashreplace")
    # Rich keeps bold text where somebody has turned colour off.
    colour: Any = None if os.environ.get("NO_COLOR") else "auto"
    console = Console(file=file, highlight=False, markup=False, emoji=False, color_system=colour)
    if not console.is_terminal:
        console.width = _UNBOUNDED
    return console


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(held) for held in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
