"""What mkdocs calls while it builds the site; see ``website/mkdocs.yml``."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import File  # type: ignore[import-not-found]

from website.history import PLACE, history_page
from website.links import for_site
from website.navigation import navigation
from website.pages import ROOT, pages
from website.reference import places, reference_pages

_pages = pages()
_linked = _pages | places()
_origins = {place: path for path, place in _pages.items()}


def on_config(config: Any) -> Any:
    """Set the order of the pages."""
    config.nav = navigation(_pages.values())
    return config


def on_files(files: Any, *, config: Any) -> Any:
    """Add the pages that are not below `docs`, those of the API, and the results over time."""
    for path, place in _pages.items():
        if not path.startswith("docs/"):
            files.append(File.generated(config, place, abs_src_path=str(ROOT / path)))
    for place, text in reference_pages().items():
        files.append(File.generated(config, place, content=text))
    files.append(File.generated(config, PLACE, content=history_page()))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Change the links of a page to those of the site."""
    path = _origins.get(page.file.src_uri)
    return markdown if path is None else for_site(markdown, path, _linked)
