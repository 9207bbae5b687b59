"""The page of a report."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.crud.cli.running import error, found, said
from tests.crud.doctor.test_report import report
from zarr.crud._cli.doctor_page import STYLE, page
from zarr.crud._doctor.report import Note

HOSTILE = "</title><script>alert(1)</script>\"'&\x1b[2J\u202e\ud800"
VOID = {"meta"}


class Page(HTMLParser):
    """The elements of a page, each closed in its turn, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_has_what_the_text_has() -> None:
    """Catches a measurement or a note that only the text has."""
    one = report(same=False)
    text = Page(page(one, "ocean.zarr")).text
    words = [word for row in one.rows() for word in row]
    words += [note.message for note in (*one.faster, *one.risks)]
    words += [note.kind for note in one.faster]
    for word in ["ocean.zarr", one.array, *one.sampled(), *words, "DIFFERENT", "250 ms"]:
        assert word in text
    assert "not measured: a reason that goes on" in text
    assert "two ways read different elements" in text
    assert "two ways read different elements" not in page(report(), "ocean.zarr")


def test_hostile_names_are_text() -> None:
    """Catches a name of a store that becomes markup, or that reverses the text."""
    note = Note(HOSTILE, HOSTILE)
    one = report()
    ways = tuple(replace(way, name=HOSTILE, reason=HOSTILE) for way in one.ways)
    bad = replace(one, array=HOSTILE, sample=HOSTILE, ways=ways, faster=(note,), risks=(note,))
    usual, made = Page(page(one, "a")), Page(page(bad, HOSTILE))
    assert set(made.tags) == set(usual.tags)
    assert "script" not in made.tags
    assert made.attributes == usual.attributes
    assert "\x1b" not in made.text
    assert r"alert(1)</script>" in made.text
    assert r"\x1b[2J\u202e\ud800" in made.text
    page(bad, HOSTILE).encode()


def test_nothing_is_loaded() -> None:
    """Catches a page that asks another host, or that runs a program."""
    text = page(report(), "https://host/a.zarr")
    assert not Page(text).attributes & {"src", "href", "srcset", "onload"}
    assert not re.search(r"url\(|@import", text)
    assert "default-src 'none'" in text


def test_both_schemes_have_colours() -> None:
    """Catches a page that cannot be read in the dark."""
    assert "color-scheme: light dark" in STYLE
    dark = STYLE.partition("prefers-color-scheme: dark")[2]
    own = set(re.findall(r"(--\w+):", STYLE.partition("@media")[0])) - {"--line"}
    assert own == set(re.findall(r"(--\w+):", dark.partition("\n")[0]))


def test_a_report_of_nothing_is_a_page() -> None:
    """Catches an array without a sample, which has no ways and no parts."""
    empty = replace(report(), sample=None, ways=(), parts=None, faster=(), risks=())
    assert Page(page(empty, "a")).text.count("Nothing was found.") == 2


def test_the_option_writes_the_page_beside_text_or_json(ocean: Path, tmp_path: Path) -> None:
    """Catches a page of another report than the printed one."""
    file = tmp_path / "report.html"
    one = found("doctor", ocean / "depth", "--max-seconds", "60", "--html", file)
    assert all(note["message"] in Page(file.read_text()).text for note in one["faster"])
    file.unlink()
    said("doctor", ocean / "depth", "--max-seconds", "60", "--html", file)
    assert Page(file.read_text()).text.count(f"{ocean / 'depth'}") == 2


@pytest.mark.parametrize("name", ["missing/report.html", "."])
def test_a_page_that_cannot_be_written_is_one_sentence(
    name: str, ocean: Path, tmp_path: Path
) -> None:
    """Catches minutes of measurements before a wrong path is noticed."""
    status = 2
    said_ = error("doctor", ocean / "depth", "--html", tmp_path / name, status=status)
    assert "name a file" in said_
