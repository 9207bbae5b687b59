"""Upstream's names lead to what defines them."""

from __future__ import annotations

from tests.fork.uses_cases import uses


def test_a_re_export_leads_to_the_module_that_defines() -> None:
    """A guard of an import statement, which stays as it is while the definition changes."""
    found = uses("from zarr.core import Part")["zarr.core.Part"]
    assert found.defined is not None
    assert (found.defined.module, found.defined.name) == ("zarr.core.things", "Thing")
