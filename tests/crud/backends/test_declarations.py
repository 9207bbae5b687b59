"""Backends that packages declare, including those that cannot run."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.backends import declarations, registry, unavailable
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore

CACHES = (declarations.declared, declarations._class, registry._ordered)


def declare(monkeypatch: pytest.MonkeyPatch, *declared: EntryPoint) -> None:
    """Replace the backends that the installed packages declare."""
    monkeypatch.setattr(declarations, "entry_points", lambda group: list(declared))
    for cached in CACHES:
        cached.cache_clear()


@pytest.fixture(autouse=True)
def fresh_registry() -> Any:
    """Clear what the registry remembers from a test."""
    yield
    for cached in CACHES:
        cached.cache_clear()


class Raising(ReferenceBackend):
    """A backend that raises its own exception when it is instantiated."""

    name: ClassVar[str] = "raising"
    preference: ClassVar[int] = 0

    def __init__(self) -> None:
        raise RuntimeError("the moon is down")


def test_a_broken_backend_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Catches an exception of one package that breaks the functions for all other backends."""
    group = declarations.ENTRY_POINT_GROUP
    module = type(sys)("of_another_package")
    module.Backend = Raising  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "of_another_package", module)
    monkeypatch.setattr(unavailable, "_said", {})
    declare(
        monkeypatch,
        EntryPoint("raising", "of_another_package:Backend", group),
        EntryPoint("reference", "zarr.crud.reference:ReferenceBackend", group),
    )
    store = MemoryStore()
    crud.create(document_members(), store)
    for engine in (None, "auto", "auto"):
        assert crud.read_region(document_members(), store, (0, 0), engine=engine) == 0
    (said,) = [record.getMessage() for record in caplog.records]
    assert "'raising', which cannot run here: RuntimeError: the moon is down" in said
    verdict = crud.explain(document_members(), MemoryStore())["raising"]
    assert verdict.reason == "RuntimeError: the moon is down"
    with pytest.raises(crud.BackendUnavailableError, match="the moon is down"):
        crud.get_backend("raising")


def test_two_packages_that_declare_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a choice that depends on the order in which the packages were installed."""
    group = declarations.ENTRY_POINT_GROUP
    declare(monkeypatch, EntryPoint("x", "a:A", group), EntryPoint("x", "b:B", group))
    with pytest.raises(ValueError, match="a:A and b:B"):
        crud.get_backend("x")


@pytest.mark.parametrize("value", ["no_such_module:A", "zarr.crud:NoSuchClass", "zarr.crud:create"])
def test_a_backend_that_does_not_import_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """Catches an import error that hides other backends, or a list without the reason."""
    declare(monkeypatch, EntryPoint("x", value, declarations.ENTRY_POINT_GROUP))
    status = crud.list_backends()["x"]
    assert not status.available
    assert value in (status.reason or "")
    with pytest.raises(crud.BackendUnavailableError):
        crud.get_backend("x")


def test_listing_imports_no_extension() -> None:
    """Catches a list of names that is slow, or that fails because an extension is broken."""
    code = (
        "import sys, zarr; names = list(zarr.list_engines());"
        "assert names == ['reference', 'zarr', 'zarrista', 'zarrs'], names;"
        "assert '_zarrs_bindings' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
