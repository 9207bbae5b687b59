"""The report of `doctor` as a page: one file that loads nothing, for light and dark screens."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from zarr.crud._cli.escaping import escaped
from zarr.crud._doctor.report import COLUMNS
from zarr.crud._doctor.words import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr.crud._doctor.report import DoctorReport, Note, Parts

# Nothing may be loaded or run, whatever a name in a store contains.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"

STYLE: Final = """\
:root { color-scheme: light dark; --line: #8886; --bar: #4a6fd4; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --bar: #8ea9ff; --bad: #ff8a80; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, p, li, .reason { overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, .reason { text-align: left; }
td:first-child { min-width: 7rem; }
.bar { display: block; height: .35rem; min-width: 1px; background: var(--bar); border-radius: 2px; }
.bad { color: var(--bad); font-weight: bold; }
code { font-size: .85em; opacity: .75; }
"""


def page(report: DoctorReport, name: str) -> str:
    """Return a report as HTML.

    Parameters
    ----------
    report : DoctorReport
        What `doctor` found.
    name : str
        The location of the array, as the user gave it.
    """
    title = f"doctor: {name}"
    parts = [
        f"<h1>{_text(name)}</h1>",
        f"<p>{_text(report.array)}</p>",
        *(f"<p>{_text(line)}</p>" for line in report.sampled()),
    ]
    if not report.ok:
        parts.append(
            '<p class="bad">The sample was not read, or two ways read different elements.</p>'
        )
    if report.ways:
        parts += ["<h2>Ways to read</h2>", _ways(report)]
    if report.parts is not None:
        parts += ["<h2>Parts of a read</h2>", _parts(report.parts)]
    for heading, notes in (("Faster", report.faster), ("Risks", report.risks)):
        parts += [f"<h2>{heading}</h2>", _notes(notes)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(escaped(text))


def _ways(report: DoctorReport) -> str:
    slowest = max((way.seconds or 0.0 for way in report.ways), default=0.0)
    times = {way.name: way.seconds for way in report.ways if way.seconds is not None}
    lines = [_row("th", COLUMNS)]
    for row in report.rows():
        share = 100 * times[row[0]] / (slowest or 1.0)
        bar = f'<span class="bar" style="width:{share:.1f}%"></span>'
        cells = [f"{_text(row[0])}{bar}", *(_marked(cell) for cell in row[1:])]
        lines.append("".join(["<tr>", *(f"<td>{cell}</td>" for cell in cells), "</tr>"]))
    for way in report.ways:
        if way.seconds is None:
            said = f"not measured: {_text(way.reason or '')}"
            span = f'<td class="reason" colspan="{len(COLUMNS) - 1}">{said}</td>'
            lines.append(f"<tr><td>{_text(way.name)}</td>{span}</tr>")
    return "\n".join(['<div class="wide"><table>', *lines, "</table></div>"])


def _marked(cell: str) -> str:
    return f'<span class="bad">{_text(cell)}</span>' if cell == "DIFFERENT" else _text(cell)


def _row(tag: str, cells: Sequence[str]) -> str:
    return "".join(["<tr>", *(f"<{tag}>{_text(cell)}</{tag}>" for cell in cells), "</tr>"])


def _parts(parts: Parts) -> str:
    times = {"open": parts.open, "fetch": parts.fetch, "decode": parts.decode, "copy": parts.copy}
    rows = (_row("td", (name, seconds(time))) for name, time in times.items() if time is not None)
    said = "<p>Each alone and in one thread; engines overlap them.</p>"
    return "\n".join([said, "<table>", *rows, "</table>"])


def _notes(notes: Iterable[Note]) -> str:
    items = [f"<li>{_text(note.message)} <code>{_text(note.kind)}</code></li>" for note in notes]
    return "\n".join(["<ul>", *items, "</ul>"]) if items else "<p>Nothing was found.</p>"
