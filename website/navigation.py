"""The order of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from website.history import PLACE
from website.reference import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterable

START: Final = ["index.md", "install.md", "first-steps.md", "is-rust-used.md"]

RECIPES: Final = [
    "recipes/xarray.md",
    "recipes/dask.md",
    "recipes/anndata.md",
    "recipes/ome-zarr.md",
    "recipes/pytorch.md",
    "recipes/icechunk.md",
    "recipes/references.md",
    "recipes/hdf5.md",
    "recipes/concurrent-writers.md",
    "recipes/from-zarr-2.md",
    "recipes/from-zarrs-python.md",
    "recipes/from-tensorstore.md",
]

GUIDES: Final = [
    "engines.md",
    "coverage.md",
    "remote.md",
    "many-reads.md",
    "archives.md",
    "cli.md",
    "pipeline.md",
    "memory-and-threads.md",
    "ml-data-types.md",
    "when-not.md",
    "errors.md",
]

REFERENCE: Final = ["promises.md", "divergences.md", "damage.md", "zarrs-codecs.md"]

INSIDE: Final = ["contributing.md", "backends.md", "changelog.md"]


def navigation(pages: Iterable[str]) -> list[dict[str, Any]]:
    """Return mkdocs's `nav` for all pages, which it knows by their paths in the site."""
    known = sorted(pages)
    return [
        {"Start": START},
        {"Recipes": RECIPES},
        {"Guides": GUIDES},
        {"Reference": [*(f"reference/{module}.md" for module in MODULES), *REFERENCE]},
        {
            "How it works": [
                *INSIDE,
                {"Decisions": [page for page in known if page.startswith("design/")]},
                {"Measurements": ["benchmark.md", PLACE, *_results(known)]},
            ]
        },
    ]


def _results(known: list[str]) -> list[str]:
    return [page for page in reversed(known) if page.startswith("results/")]
