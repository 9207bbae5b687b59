"""The best backend for a call, and what is logged about the others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tests.crud.backends.test_registry import Recording
from tests.crud.test_document import document_members
from zarr.crud import Document, Location, register_backend
from zarr.crud._document.cache import as_document
from zarr.crud.backends import DEFAULT_OPTIONS
from zarr.crud.backends.best import best, log_refusals, refusal
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCATION = Location(MemoryStore(), "a")


def fresh() -> Document:
    """A document for which nothing has been logged yet."""
    return Document(as_document(document_members()).text)


@pytest.fixture
def first() -> Iterator[Recording]:
    """A backend that is preferred to all others."""
    backend = Recording("not today")
    backend.preference = 1000  # type: ignore[misc]
    with register_backend(backend):
        yield backend


def chosen(document: Document, **more: Any) -> tuple[str | None, dict[str, str]]:
    backend, reasons = best(
        document, LOCATION, "write_chunk", None, DEFAULT_OPTIONS, level=logging.DEBUG, **more
    )
    return None if backend is None else backend.name, reasons


def test_the_first_by_preference_that_serves_is_taken(first: Recording) -> None:
    """Catches a backend that is asked although an earlier one serves, or a reason that is lost."""
    assert chosen(fresh()) == ("zarrs", {"recording": "not today"})
    first.refusal = None
    assert chosen(fresh()) == ("recording", {})
    assert first.asked == ["write_chunk"] * 2


def test_a_path_is_preferred_to_backends_of_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a choice of the reference where zarr-python's own path serves."""
    last, refusing = Recording(), Recording("never")
    refusing.preference, last.preference, last.name = 0, -1, "last"  # type: ignore[misc]
    monkeypatch.setattr("zarr.crud.backends.best.by_preference", lambda: (refusing, last))
    assert chosen(fresh(), otherwise="zarr") == (None, {"recording": "never"})
    assert last.asked == []
    assert chosen(fresh()) == ("last", {"recording": "never"})


def test_a_backend_that_cannot_tell_refuses() -> None:
    """Catches a broken backend that prevents the use of all others."""

    class Undecided(Recording):
        def supports(self, *_: Any) -> str | None:
            raise KeyError("x")

    said = refusal(Undecided(), fresh(), LOCATION, "read_chunk", None, DEFAULT_OPTIONS)
    assert said == "it cannot tell whether it serves: KeyError: 'x'"


def test_a_reason_is_logged_once_for_each_document_and_level(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Catches a log that grows with every call, or a debug message that suppresses a warning."""
    document = fresh()
    with caplog.at_level(logging.DEBUG, logger="zarr.crud"):
        for level in (logging.DEBUG, logging.WARNING, logging.WARNING, logging.DEBUG):
            log_refusals(document, LOCATION, {"a": "it is Monday"}, "b", level)
        log_refusals(document, LOCATION, {"a": "it is Tuesday"}, "b")
        log_refusals(fresh(), LOCATION, {"a": "it is Monday"}, "b")
        log_refusals(document, LOCATION, {}, "b")
    assert [(record.levelname, record.args[2]) for record in caplog.records] == [  # type: ignore[index]
        ("DEBUG", "it is Monday"),
        ("WARNING", "it is Monday"),
        ("WARNING", "it is Tuesday"),
        ("WARNING", "it is Monday"),
    ]
    assert "the engine 'a' does not serve the array at 'a' in" in caplog.messages[0]
    assert caplog.messages[0].endswith("it is Monday; 'b' serves it")
