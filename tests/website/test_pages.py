"""Which files are pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from website.pages import FILES, ROOT, pages

if TYPE_CHECKING:
    from pathlib import Path


def test_every_page_is_a_file_and_has_its_own_place() -> None:
    """Catches a page that hides another, and one that does not exist."""
    found = pages()
    assert all((ROOT / path).is_file() for path in found)
    assert len(set(found.values())) == len(found)


def test_folders_keep_their_names(tmp_path: Path) -> None:
    """Catches a page of a folder that lands beside those of another."""
    for path in (
        "docs/a.md",
        "docs/recipes/b.md",
        "design/0001-c.md",
        "bench/results/d.md",
        "src/e.md",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = {path: place for path, place in pages(tmp_path).items() if path not in FILES}
    assert found == {
        "docs/a.md": "a.md",
        "docs/recipes/b.md": "recipes/b.md",
        "design/0001-c.md": "design/0001-c.md",
        "bench/results/d.md": "results/d.md",
    }
