"""Links of the repository as links of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from website.links import BrokenLinkError, for_site

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {
    "docs/a.md": "a.md",
    "docs/recipes/b.md": "recipes/b.md",
    "design/0001.md": "design/0001.md",
}


INDENTED = "  ```\n  [a](none.md)\n  ```\n[b](recipes/b.md)"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in (*PAGES, "src/code.py", "bench/run.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        ("docs/a.md", "[why](../design/0001.md)", "[why](design/0001.md)"),
        ("docs/a.md", "[why](../design/0001.md#x-y)", "[why](design/0001.md#x-y)"),
        ("docs/recipes/b.md", "[a](../a.md)", "[a](../a.md)"),
        ("design/0001.md", "[b](../docs/recipes/b.md)", "[b](../recipes/b.md)"),
        ("design/0001.md", "[`b` [1]](../docs/recipes/b.md)", "[`b` [1]](../recipes/b.md)"),
        ("docs/a.md", "[the code](../src/code.py)", "the code (`src/code.py`)"),
        ("docs/a.md", "[`code.py`](../src/code.py)", "`code.py`"),
        ("docs/a.md", "[the benchmark](../bench)", "the benchmark (`bench/`)"),
        ("docs/a.md", "[out](https://example.org/a.md)", "[out](https://example.org/a.md)"),
        ("docs/a.md", "[here](#x)", "[here](#x)"),
        ("docs/a.md", "```\n[a](none.md)\n```\n", "```\n[a](none.md)\n```\n"),
        ("docs/a.md", INDENTED, INDENTED),
        ("docs/a.md", "x[0](1, 2)", "x[0](1, 2)"),
    ],
)  # fmt: skip
def test_a_link_leads_to_its_page(root: Path, path: str, given: str, expected: str) -> None:
    """Catches a link that works in the repository and not in the site, and changed code."""
    assert for_site(given, path, PAGES, root) == expected


def test_a_link_to_nothing_is_an_error(root: Path) -> None:
    """Catches a site that is built with broken links."""
    with pytest.raises(BrokenLinkError, match=r"docs/a.md links to nowhere.md"):
        for_site("[a](nowhere.md)", "docs/a.md", PAGES, root)
