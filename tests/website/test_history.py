"""The page of results over time."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bench.history import Result, kept
from tests.bench.test_history import keep
from website.history import HEIGHT, WIDTH, drawing, history_page

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '<script>alert(1)</script> & "|" `a`'


def result(date: str, **ratios: float) -> Result:
    return Result("", date, "a machine", 0.0, ratios)


def groups(svg: str) -> dict[str, list[str]]:
    """The name of each line, and the numbers of its path."""
    found = {}
    for group in ET.fromstring(svg).iter("g"):
        title, line, *_ = group
        found[str(title.text)] = re.findall(r"[\d.]+", line.attrib["d"])
    return found


def test_lines_connect_what_a_cell_has() -> None:
    """Catches a line through a result that lacks the cell, or upside down."""
    svg = drawing([result("1", a=0.5, b=1.0), result("2", a=1.0), result("3", a=2.0, b=0.5)], "t")
    lines = groups(svg)
    assert set(lines) == {"a: 0.5, 1, 2", "b: 1, 0.5", "median of all cells: 0.75, 1, 1.25"}
    xs, ys = lines["a: 0.5, 1, 2"][::2], [float(y) for y in lines["a: 0.5, 1, 2"][1::2]]
    assert len(set(xs)) == 3
    assert ys[0] > ys[1] > ys[2]
    assert ys[0] - ys[1] == ys[1] - ys[2]
    assert lines["b: 1, 0.5"][::2] == [xs[0], xs[2]]


def test_everything_is_inside() -> None:
    """Catches extreme ratios that are drawn outside the picture, and a result alone."""
    for results in ([result("1", a=0.001, b=900.0)], [result("1", a=1.0)], [result("1")]):
        for numbers in groups(drawing(results, "t")).values():
            assert all(0 <= float(x) <= WIDTH for x in numbers[::2])
            assert all(0 <= float(y) <= HEIGHT for y in numbers[1:2])
    # The space beside the axis has room for six characters.
    labels = re.findall(r'text-anchor="end"[^>]*>([^<]*)<', drawing([result("1", a=0.001)], "t"))
    assert labels[0] == "1/1024"
    assert max(map(len, labels)) <= 6


def test_names_are_text(tmp_path: Path) -> None:
    """Catches a name that becomes markup, and a drawing that Markdown takes apart."""
    keep(tmp_path, "2026-01-01", {HOSTILE: 0.5})
    keep(tmp_path, "2026-01-02", {HOSTILE: 5.0})
    page = history_page(tmp_path)
    assert "<script>" not in page
    (svg,) = (line for line in page.splitlines() if line.startswith("<svg"))
    assert f"{HOSTILE}: 0.5, 5" in groups(svg)
    (row,) = (line for line in page.splitlines() if line.endswith("| +900% |"))
    assert row.count("|") == 6


def test_colours_are_those_of_the_text_and_nothing_is_loaded(tmp_path: Path) -> None:
    """Catches a drawing that cannot be read in the dark, and one that asks another host."""
    keep(tmp_path, "2026-01-01", {"a": 0.5})
    page = history_page(tmp_path)
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', page)) == {"none", "currentColor"}
    assert "http" not in page
    assert "grown by 10% or more between the last two results of a kind: none." in page


def test_the_page_has_all_results() -> None:
    """Catches a kept result that is not drawn."""
    page = history_page()
    for found in kept():
        assert found.date in page
        assert all(f"{escape(cell)}: " in page for cell in found.ratios)
