"""Upstream's names are resolved to their definitions."""

from __future__ import annotations

import ast

import pytest

from fork.names import Modules
from tests.fork.uses_cases import upstream


def test_a_re_export_leads_to_the_module_that_defines() -> None:
    """Catches a guard for an import statement, which stays the same when the definition changes."""
    found = upstream().find("zarr.core.Part")
    assert found is not None
    assert (found.module, found.name) == ("zarr.core.things", "Thing")


@pytest.mark.parametrize(
    ("dotted", "place"),
    [
        ("zarr.Thing", "zarr.core.things.Thing"),
        ("zarr.Thing.to_dict", "zarr.core.things.Thing.to_dict"),
        ("zarr.core.Part.resolve", "zarr.core.base.Base.resolve"),
        ("zarr.core.things.Sizes", "zarr.core.things.Sizes"),
        ("zarr.core.things.TYPE_CHECKING", "zarr.core.things.TYPE_CHECKING"),
        ("zarr.Thing.gone", None),
        ("zarr.gone.Thing", None),
        ("zarr.core.things", None),
        ("numpy.array", None),
        ("", None),
    ],
)
def test_a_dotted_name_leads_to_one_definition_or_to_none(dotted: str, place: str | None) -> None:
    """Catches a deleted name that is found in its parent, or an inherited name that is not
    found.
    """
    found = upstream().find(dotted)
    assert (f"{found.module}.{found.name}" if found else None) == place


def test_the_longest_module_is_split_off() -> None:
    """Catches a lookup of `zarr.core.things.x` as an attribute of `zarr.core`."""
    known = upstream()
    assert known.split("zarr.core.things.Thing.size") == ("zarr.core.things", ["Thing", "size"])
    assert known.split("zarr.core") == ("zarr.core", [])
    assert known.split("zarr.crud.x") == ("zarr", ["crud", "x"])
    assert known.split("numpy.array") == ("", ["numpy", "array"])
    assert ("zarr" in known, "zarr.core" in known, "zarr.__init__" in known) == (True, True, False)


@pytest.mark.parametrize(
    ("module", "text", "source"),
    [
        ("zarr.core", "from .things import x", "zarr.core.things"),
        ("zarr.core", "from . import things", "zarr.core"),
        ("zarr.core", "from ..abc import x", "zarr.abc"),
        ("zarr.core.things", "from .base import x", "zarr.core.base"),
        ("zarr.core.things", "from . import base", "zarr.core"),
        ("zarr.core.things", "from .. import abc", "zarr"),
        ("zarr.core.things", "from zarr.abc import x", "zarr.abc"),
    ],
)
def test_a_relative_import_begins_at_its_package(module: str, text: str, source: str) -> None:
    """Catches a relative import in a package's `__init__` that is resolved one level too high."""
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.ImportFrom)
    assert upstream().source(module, node) == source


def test_names_that_lead_in_a_circle_are_defined_by_their_import() -> None:
    """Catches an endless search in a package that imports one of its own modules."""
    known = Modules({"__init__.py": b"from . import core", "core/__init__.py": b"import zarr"})
    found = known.find("zarr.core.zarr")
    assert found is not None
    assert (found.module, found.name) == ("zarr.core", "zarr")
    packages = Modules({"__init__.py": b"from zarr import x"})
    assert packages.find("zarr.x") is not None


def test_every_class_of_a_module_is_told_once() -> None:
    """Catches a class whose private attributes nobody looks for."""
    found = [f"{cls.module}.{cls.name}" for cls in upstream().classes()]
    assert found == ["zarr.abc.Open", "zarr.core.base.Base", "zarr.core.things.Thing"]
