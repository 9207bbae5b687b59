"""What `doctor` found, as objects, as a screen of text, and for JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any, Final

from zarr.crud._doctor.words import count, digits, ratio, seconds, size

WIDTH: Final = 100
"""The most characters of a line of the text."""

LINES: Final = 40
"""The most lines of the text."""

COLUMNS: Final = ("", "median", "speed", "decoded", "requests", "elements")
"""The heads of the table of ways."""


@dataclass(frozen=True)
class WayTimes:
    """One way to read the sample: an engine, or a codec pipeline of zarr-python."""

    name: str
    seconds: float | None
    """The median of all rounds; `None` if it was not measured."""
    rounds: int
    requests: int | None
    """Read requests through a store that counts them, without lists; `None` if not counted."""
    same: bool | None
    """Whether every element has the bits that zarr-python's default reads; `None` if not read."""
    reason: str | None
    """Why it was not measured."""
    store: str | None
    """How it reaches the store, if it says so."""


@dataclass(frozen=True)
class Parts:
    """Seconds of the parts of a read, each measured alone and in one thread; `None`: not measured.

    Ways to read work on many chunks at a time, so a whole read may take less than the sum.
    """

    open: float
    """Reading the metadata document."""
    fetch: float | None
    """Reading the stored bytes of the sample's chunks."""
    decode: float | None
    copy: float | None
    """Copying the decoded elements once."""


@dataclass(frozen=True)
class Note:
    """Something to change or to know, with the measurement or the fact behind it."""

    kind: str
    """A name that does not change; `docs/cli.md` lists them."""
    message: str


@dataclass(frozen=True)
class DoctorReport:
    """What `doctor` found about an array; `str()` is one screen, `to_dict()` is for JSON."""

    array: str
    """The array in words: shape, data type, chunks, codecs."""
    shape: tuple[int, ...]
    sample: str | None
    """The selection that was read, as between brackets; `None` if nothing was."""
    nbytes: int
    """The decoded size of the sample."""
    chunks: int
    """The chunks (shards) that it touches."""
    stored_nbytes: int | None
    """The size of its chunks in the store; `None` if they were not fetched."""
    ways: tuple[WayTimes, ...]
    parts: Parts | None
    faster: tuple[Note, ...]
    """What would make reads faster, the most effective first."""
    risks: tuple[Note, ...]

    @property
    def ok(self) -> bool:
        """Whether the sample was read, and all ways that were measured read the same elements."""
        is_read = not self.ways or any(way.seconds is not None for way in self.ways)
        return is_read and all(way.same is not False for way in self.ways)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries, lists, numbers and text."""
        return asdict(self) | {"ok": self.ok}

    def __str__(self) -> str:
        lines = [*wrap(self.array, WIDTH, subsequent_indent="  "), *self.sampled()]
        if self.ways:
            lines += ["", *self._table(), ""]
        if self.parts is not None:
            lines += wrap(f"time    {_parts(self.parts)}", WIDTH, subsequent_indent=" " * 8)
        for title, notes in (("faster", self.faster), ("risks", self.risks)):
            lines += _notes(title, notes)
        return "\n".join(line.rstrip() for line in lines[:LINES])

    def sampled(self) -> list[str]:
        """Return in a line what was read, if anything was."""
        if self.sample is None:
            return []
        inside = count(self.chunks, "stored value")
        stored = f" of {size(self.stored_nbytes)}" if self.stored_nbytes else ""
        return [f"read    [{self.sample}], {size(self.nbytes)}, from {inside}{stored}"]

    def rows(self) -> list[tuple[str, ...]]:
        """Return the columns of each way that was measured, in words."""
        first = next((way.seconds for way in self.ways if way.seconds), None)
        return [_row(way, first, self.nbytes) for way in self.ways if way.seconds is not None]

    def _table(self) -> list[str]:
        rows = [COLUMNS, *self.rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
            for row in rows
        ]
        for way in self.ways:
            if way.seconds is None:
                said = f"{way.name.ljust(widths[0])}  not measured: {way.reason}"
                lines.append(shorten(said, WIDTH - 2))
        return [f"  {line}" for line in lines]


def shorten(text: str, most: int) -> str:
    """Return a text in one line, cut if it is long."""
    text = text.replace("\n", " ")
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _row(way: WayTimes, first: float | None, nbytes: int) -> tuple[str, ...]:
    time = way.seconds or 1e-9
    same = {True: "the same", False: "DIFFERENT", None: "-"}[way.same]
    requests = "-" if way.requests is None else str(way.requests)
    return (
        way.name,
        seconds(time),
        ratio((first or time) / time),
        f"{digits(nbytes / time / 1e6)} MB/s",
        requests,
        same,
    )


def _parts(parts: Parts) -> str:
    opened = f"open {seconds(parts.open)}"
    each = {"fetch": parts.fetch, "decode": parts.decode, "copy": parts.copy}
    known = {name: time for name, time in each.items() if time is not None}
    if not known:
        return opened
    total = sum(known.values()) or 1.0
    shares = ", ".join(f"{name} {seconds(t)} ({t / total:.0%})" for name, t in known.items())
    return f"{opened}; each alone, in one thread: {shares}"


def _notes(title: str, notes: tuple[Note, ...]) -> list[str]:
    lines: list[str] = []
    for note in notes:
        head = title if not lines else ""
        lines += wrap(
            note.message,
            WIDTH,
            initial_indent=f"{head:<8}- ",
            subsequent_indent=" " * 10,
        )
    return lines or [f"{title:<8}- nothing was found"]
