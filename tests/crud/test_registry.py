"""Backends by name."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud import _registry
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore

CACHES = (
    _registry._declared,
    _registry._class,
    _registry._made,
    _registry._is_available,
    _registry._ordered,
)


class Recording(ReferenceBackend):
    """A backend that notes what it is asked, and refuses what it is told to refuse."""

    name: ClassVar[str] = "recording"

    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal
        self.asked: list[str] = []

    def supports(self, document: Any, location: Any, operation: Any, *_: Any) -> str | None:
        self.asked.append(operation)
        return self.refusal


def test_both_backends_are_declared_and_available() -> None:
    """A missing extension is a failure here, not a reason to skip."""
    assert crud.list_backends() == {
        "reference": crud.BackendStatus(available=True, reason=None),
        "zarrs": crud.BackendStatus(available=True, reason=None),
    }


def test_a_registered_backend_serves_within_its_block_only() -> None:
    """Tests and notebooks can try a backend without leaving it behind."""
    backend = Recording()
    with crud.register_backend(backend):
        assert crud.get_backend("recording") is backend
        assert "recording" in crud.list_backends()
        crud.read_region(document_members(), MemoryStore(), engine="recording")
    assert backend.asked == ["read_region"]
    with pytest.raises(crud.UnknownBackendError):
        crud.get_backend("recording")


@pytest.mark.parametrize("name", ["reference", "zarrs", "zarr", "auto", "no name", ""])
def test_a_name_that_is_taken_or_none_is_refused(name: str) -> None:
    """A collision must not silently exchange one backend for another."""
    backend = Recording()
    backend.name = name  # type: ignore[misc]
    with pytest.raises(ValueError, match="choose another"), crud.register_backend(backend):
        pass


def test_an_unknown_name_is_an_error_that_lists_the_known() -> None:
    """A spelling mistake is found by reading the message."""
    with pytest.raises(crud.UnknownBackendError, match="there are 'reference', 'zarrs'"):
        crud.read_region(document_members(), MemoryStore(), engine="zars")


def test_an_explicit_backend_never_falls_back() -> None:
    """What it refuses raises with its reason, and no other backend is asked."""
    backend = Recording(refusal="it is Monday")
    with crud.register_backend(backend), pytest.raises(crud.UnsupportedError, match="it is Monday"):
        crud.read_region(document_members(), MemoryStore(), engine="recording")


def test_auto_takes_the_most_preferred_that_serves(caplog: pytest.LogCaptureFixture) -> None:
    """What the others said is logged once for each document and reason, not at every call."""
    refusing, document = Recording(refusal="not today"), document_members(fill_value=41)
    refusing.preference = 1000  # type: ignore[misc]
    with crud.register_backend(refusing), caplog.at_level("WARNING", logger="zarr.crud"):
        for _ in range(3):
            found = crud.read_region(document, MemoryStore(), (0, 0), engine="auto")
            assert found == 41
        refusing.refusal = "nor tomorrow"
        assert crud.read_region(document, MemoryStore(), (0, 0), engine="auto") == 41
    assert refusing.asked == ["read_region"] * 4
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "'recording' does not serve" in said[0]
    assert "not today; 'zarrs' serves it" in said[0]
    assert "nor tomorrow; 'zarrs' serves it" in said[1]


def test_auto_names_every_reason_when_nobody_serves() -> None:
    """One error that tells what to change."""
    with (
        zarr.config.set({"array.engine": "auto"}),
        pytest.raises(crud.UnsupportedError, match=r"zarrs: .*reference: ") as caught,
    ):
        crud.read_region(SERVED_BY_NOBODY, MemoryStore())
    assert "no engine serves read_region" in str(caught.value)


def test_the_configured_engine_is_the_default() -> None:
    """One configuration key for arrays and functions."""
    backend = Recording()
    with crud.register_backend(backend), zarr.config.set({"array.engine": "recording"}):
        crud.read_region(document_members(), MemoryStore())
    assert backend.asked == ["read_region"]


def test_the_native_engine_is_served_by_the_reference() -> None:
    """`array.engine` is "zarr" unless somebody chose: the functions then run the same codecs."""
    assert zarr.config.get("array.engine") == "zarr"
    assert crud.read_region(document_members(), MemoryStore(), (0, 0)) == 0


def declare(monkeypatch: pytest.MonkeyPatch, *declared: EntryPoint) -> None:
    """Let the installed packages declare these backends."""
    monkeypatch.setattr(_registry, "entry_points", lambda group: list(declared))
    for cached in CACHES:
        cached.cache_clear()


@pytest.fixture(autouse=True)
def fresh_registry() -> Any:
    """Forget what a test made the registry remember."""
    yield
    for cached in CACHES:
        cached.cache_clear()


def test_two_packages_that_declare_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither may win by the order of installation."""
    group = _registry.ENTRY_POINT_GROUP
    declare(monkeypatch, EntryPoint("x", "a:A", group), EntryPoint("x", "b:B", group))
    with pytest.raises(ValueError, match="a:A and b:B"):
        crud.get_backend("x")


@pytest.mark.parametrize("value", ["no_such_module:A", "zarr.crud:NoSuchClass", "zarr.crud:create"])
def test_a_backend_that_does_not_import_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """It is listed with the reason, does not hide the others, and cannot be used."""
    declare(monkeypatch, EntryPoint("x", value, _registry.ENTRY_POINT_GROUP))
    status = crud.list_backends()["x"]
    assert not status.available
    assert value in (status.reason or "")
    with pytest.raises(crud.BackendUnavailableError):
        crud.get_backend("x")


def test_listing_imports_no_extension() -> None:
    """A list of names must be cheap, and work where an extension is broken."""
    code = (
        "import sys, zarr; names = list(zarr.list_engines());"
        "assert names == ['reference', 'zarr', 'zarrs'], names;"
        "assert '_zarrs_bindings' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_its_extension_a_backend_says_how_to_get_it() -> None:
    """`zarr.zarrs` imports, is listed as unavailable, and names the command."""
    code = (
        "import sys; sys.modules['_zarrs_bindings'] = None\n"
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == '_zarrs_bindings' else"
        " real(name, *a)\n"
        "import zarr, zarr.zarrs\n"
        "assert not zarr.zarrs.is_available()\n"
        "status = zarr.list_engines()['zarrs']\n"
        "assert not status.available and 'pip install packages/zarrs-bindings' in status.reason\n"
        "try: zarr.crud.get_backend('zarrs')\n"
        "except zarr.crud.BackendUnavailableError as err: assert 'pip install' in str(err)\n"
        "else: raise AssertionError\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
