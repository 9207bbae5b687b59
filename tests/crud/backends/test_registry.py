"""Backends by name."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore


class Recording(ReferenceBackend):
    """A backend that records its calls, and refuses what the test configures."""

    name: ClassVar[str] = "recording"

    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal
        self.asked: list[str] = []

    def supports(self, document: Any, location: Any, operation: Any, *_: Any) -> str | None:
        self.asked.append(operation)
        return self.refusal


def test_all_backends_are_declared_and_available() -> None:
    """Catches a missing extension or package: a failure here, and not a reason to skip."""
    assert crud.list_backends() == {
        "reference": crud.BackendStatus(available=True, reason=None),
        "zarrista": crud.BackendStatus(available=True, reason=None),
        "zarrs": crud.BackendStatus(available=True, reason=None),
    }


def test_a_registered_backend_serves_within_its_block_only() -> None:
    """Catches a temporary registration that outlives its block."""
    backend = Recording()
    with crud.register_backend(backend):
        assert crud.get_backend("recording") is backend
        assert "recording" in crud.list_backends()
        crud.read_region(document_members(), MemoryStore(), engine="recording", detached=True)
    assert backend.asked == ["read_region"]
    with pytest.raises(crud.UnknownBackendError):
        crud.get_backend("recording")


def test_a_class_of_a_backend_is_registered_as_an_object() -> None:
    """Catches a message about an object for an error in a subclass's definition."""
    with crud.register_backend(Recording) as backend:
        assert isinstance(backend, Recording)
        assert crud.get_backend("recording") is backend


class Needing(Recording):
    """A backend whose constructor requires an argument."""

    def __init__(self, where: str) -> None:
        super().__init__(where)


class Unfinished(crud.CrudBackend):
    """A backend with unimplemented methods."""

    name = "unfinished"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            Needing,
            "Needing.*cannot be instantiated without arguments .*'where'.*; use an object of it",
        ),
        (Unfinished, "Unfinished.*cannot be instantiated .* abstract .*; use an object of it"),
    ],
)
def test_what_makes_no_backend_is_refused(given: Any, words: str) -> None:
    """Catches a message that does not say what was given and what is required."""
    with pytest.raises(TypeError, match=words), crud.register_backend(given):
        pass


@pytest.mark.parametrize("name", ["reference", "zarrs", "zarr", "auto", "no name", ""])
def test_a_name_that_is_taken_or_none_is_refused(name: str) -> None:
    """Catches a name collision that silently replaces a backend."""
    backend = Recording()
    backend.name = name  # type: ignore[misc]
    with pytest.raises(ValueError, match="choose another"), crud.register_backend(backend):
        pass


def test_an_unknown_name_is_an_error_that_lists_the_known() -> None:
    """Catches a message that does not help to find a spelling mistake."""
    with pytest.raises(
        crud.UnknownBackendError, match="there are 'reference', 'zarrista', 'zarrs'"
    ):
        crud.read_region(document_members(), MemoryStore(), engine="zars")


def test_an_explicit_backend_never_falls_back() -> None:
    """Catches a fallback to another backend, or a refusal without the reason."""
    backend = Recording(refusal="it is Monday")
    with crud.register_backend(backend), pytest.raises(crud.UnsupportedError, match="it is Monday"):
        crud.read_region(document_members(), MemoryStore(), engine="recording")


def test_auto_takes_the_most_preferred_that_serves(caplog: pytest.LogCaptureFixture) -> None:
    """Catches a refusal that is logged at every call, instead of once per document and reason."""
    refusing, document = Recording(refusal="not today"), document_members(fill_value=41)
    refusing.preference = 1000  # type: ignore[misc]
    with crud.register_backend(refusing), caplog.at_level("WARNING", logger="zarr.crud"):
        for _ in range(3):
            found = crud.read_region(document, MemoryStore(), (0, 0), engine="auto", detached=True)
            assert found == 41
        refusing.refusal = "nor tomorrow"
        assert crud.read_region(document, MemoryStore(), (0, 0), engine="auto", detached=True) == 41
    assert refusing.asked == ["read_region"] * 4
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "'recording' does not serve" in said[0]
    assert "not today; 'zarrs' serves it" in said[0]
    assert "nor tomorrow; 'zarrs' serves it" in said[1]


def test_auto_names_every_reason_when_nobody_serves() -> None:
    """Catches an error without the reasons of all backends."""
    with (
        zarr.config.set({"array.engine": "auto"}),
        pytest.raises(crud.UnsupportedError, match=r"zarrs: .*reference: ") as caught,
    ):
        crud.read_region(SERVED_BY_NOBODY, MemoryStore())
    assert "no engine serves read_region" in str(caught.value)


def test_the_configured_engine_is_the_default() -> None:
    """Catches a configured engine that arrays follow and functions do not."""
    backend = Recording()
    with crud.register_backend(backend), zarr.config.set({"array.engine": "recording"}):
        crud.read_region(document_members(), MemoryStore(), detached=True)
    assert backend.asked == ["read_region"]
