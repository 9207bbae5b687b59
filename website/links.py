"""Links between files of the repository, as links between pages of the site.

A page links to the files beside it, so that the links work where the files are read. In the site,
a link to a page leads to the page; of a link to any other file, the text and the path remain.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from website.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FENCED: Final = re.compile(r"(^ *```.*?^ *```[ \t]*$)", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
_ELSEWHERE: Final = re.compile(r"[a-z][a-z0-9+.-]*:|#")


class BrokenLinkError(Exception):
    """A page links to a file that does not exist."""


def for_site(text: str, path: str, pages: Mapping[str, str], root: Path = ROOT) -> str:
    """Return the Markdown of a page with its links as they are in the site.

    Parameters
    ----------
    text : str
        The Markdown.
    path : str
        The path of its file in the repository.
    pages : Mapping[str, str]
        All pages; see `website.pages.pages`.
    root : Path, optional
        The repository.

    Raises
    ------
    BrokenLinkError
        A link leads to a file that does not exist.
    """

    def link(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        if _ELSEWHERE.match(target):
            return found[0]
        target, _, anchor = target.partition("#")
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if not (root / place).exists():
            raise BrokenLinkError(f"{path} links to {target}, which does not exist")
        if place not in pages:
            shown = place + ("/" if (root / place).is_dir() else "")
            name = posixpath.basename(place)
            is_named = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words)
            return words if is_named else f"{words} (`{shown}`)"
        to = posixpath.relpath(pages[place], posixpath.dirname(pages[path]))
        return f"[{words}]({to}{'#' if anchor else ''}{anchor})"

    # Links within code are text, but a link may have code as its text.
    parts = _FENCED.split(text)
    return "".join(part if at % 2 else _LINK.sub(link, part) for at, part in enumerate(parts))
