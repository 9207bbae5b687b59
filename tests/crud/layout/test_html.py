"""Layouts as HTML: bounded and escaped."""

from __future__ import annotations

from html.parser import HTMLParser

import zarr
from tests.crud.layout.layouts import ragged
from zarr import crud
from zarr.crud._layout.html import clipped, map_of, page_of, table_of
from zarr.storage import MemoryStore


class Balanced(HTMLParser):
    """Collects tags, and checks that each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_a_table_and_a_map() -> None:
    """Catches HTML that breaks the page around it."""
    found = Balanced(page_of(ragged()))
    assert found.tags == {"div", "table", "tr", "th", "td", "svg", "title", "path"}


def test_hostile_text_is_escaped_and_clipped() -> None:
    """Catches a name that runs a script, or fills the notebook."""
    hostile = "<script>alert('x')</script>\x00\x1b" + "a" * 10_000
    text = table_of([(hostile, hostile)])
    assert "<script" not in text
    assert len(text) < 1500
    Balanced(text)
    assert clipped("a\x00b") == "a\ufffdb"
    assert clipped("b" * 400) == "b" * 400
    assert clipped("b" * 401) == "b" * 400 + "…"


def test_the_map_is_bounded() -> None:
    """Catches an image in proportion to the chunk grid."""
    store = MemoryStore()
    array = zarr.create_array(store, shape=(500, 500), chunks=(1, 1), dtype="u1", compressors=None)
    array[:40, :40] = 7
    text = map_of(crud.layout(array.metadata, store))
    assert len(text) < 40_000
    assert "1600 of" not in text
    assert "248400 of 250000 not stored" in text
    Balanced(text)


def test_an_array_without_chunks_has_no_map() -> None:
    """Catches a division by zero."""
    empty = zarr.create_array({}, shape=(0, 3), chunks=(2, 2), dtype="u1")
    assert map_of(crud.layout(empty.metadata, MemoryStore(), detached=True)) == ""
