"""The order of the pages."""

from __future__ import annotations

from typing import Any

from website.history import PLACE
from website.navigation import navigation
from website.pages import pages
from website.reference import places


def leaves(items: list[Any]) -> list[str]:
    """Return all pages of a navigation."""
    found: list[str] = []
    for item in items:
        if isinstance(item, str):
            found.append(item)
        else:
            for below in item.values():
                found += leaves(below)
    return found


def test_every_page_is_in_the_navigation_once() -> None:
    """Catches a page that nobody finds, and an entry without a page."""
    known = [*pages().values(), *places().values(), PLACE]
    assert sorted(leaves(navigation(pages().values()))) == sorted(known)


def test_the_newest_measurement_comes_first() -> None:
    """Catches a list that begins with what is out of date."""
    order = leaves(navigation(["results/2026-01-01.md", "results/2026-02-01.md"]))
    assert order.index("results/2026-02-01.md") < order.index("results/2026-01-01.md")
