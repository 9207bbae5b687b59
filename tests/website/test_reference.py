"""The pages of the API."""

from __future__ import annotations

from importlib import import_module

import pytest

from website.pages import ROOT
from website.reference import MODULES, public_names, reference_pages


@pytest.mark.parametrize("module", MODULES)
def test_all_public_names_are_on_the_page(module: str) -> None:
    """Catches a name without documentation."""
    names = import_module(module).__all__
    assert public_names(module) == list(names)
    page = reference_pages()[f"reference/{module}.md"]
    assert all(page.count(f"\n::: {module}.{name}\n") == 1 for name in names)


def test_a_module_without_public_names_is_an_error() -> None:
    """Catches an empty page."""
    with pytest.raises(ValueError, match="has no __all__"):
        public_names("zarr.crud._stores", ROOT)
