"""Which files of the repository are pages of the site, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

FOLDERS: Final = {
    "docs": "",
    "design": "design",
    "bench/results": "results",
}
"""Folders whose Markdown files are pages, and the folder of the site that has them."""

FILES: Final = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "bench/README.md": "benchmark.md",
    "fork/divergences.md": "divergences.md",
}
"""Single files that are pages."""


def pages(root: Path = ROOT) -> dict[str, str]:
    """Return the pages: by their path in the repository, their path in the site.

    Examples
    --------
    >>> found = pages()
    >>> found["docs/remote.md"], found["design/0001-soft-fork.md"]
    ('remote.md', 'design/0001-soft-fork.md')
    """
    found = dict(FILES)
    for folder, place in FOLDERS.items():
        for path in sorted((root / folder).rglob("*.md")):
            below = path.relative_to(root / folder).as_posix()
            found[path.relative_to(root).as_posix()] = f"{place}/{below}" if place else below
    return found
