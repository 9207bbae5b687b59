"""Engines that callers name: errors for invalid engines use the caller's words."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from tests.crud.backends.test_registry import Recording
from zarr.crud import BackendUnavailableError, UnknownBackendError
from zarr.crud._arguments import is_of_engine
from zarr.crud.backends import engines
from zarr.crud.backends.engines import KEY, VARIABLE, checked_engine, refused_name


def test_an_object_is_an_engine_if_it_is_a_backend_with_a_name_of_its_own() -> None:
    """Catches a backend that hides zarr-python's own path, or that has no name for messages."""
    backend: Any = Recording()
    assert checked_engine(backend) is backend
    for name, error in (("auto", ValueError), ("zarr", ValueError), (None, TypeError)):
        backend.name = name  # type: ignore[misc,assignment]
        with pytest.raises(error) as caught:
            checked_engine(backend)
        assert is_of_engine(caught.value)


@pytest.mark.parametrize("given", [5, b"zarrs", ["zarrs"], Recording, object()])
def test_what_is_no_backend_is_shown(given: Any) -> None:
    """Catches an attribute error in the middle of a read."""
    with pytest.raises(TypeError, match=r"^engine is .*; use the name of an engine") as caught:
        checked_engine(given)
    assert is_of_engine(caught.value)


@pytest.mark.parametrize(
    ("name", "near"),
    [("zars", "zarrs"), ("ZARR", "zarr"), ("Auto", "auto"), ("referense", "reference")],
)
def test_a_name_that_is_meant_is_suggested(name: str, near: str) -> None:
    """Catches a message that does not help with a spelling mistake."""
    said = str(refused_name(name, UnknownBackendError("x")))
    assert (
        f"there is no engine named {name!r}; there are 'reference', 'zarrista', 'zarrs', beside"
        in said
    )
    assert said.endswith(f"; did you mean {near!r}?")
    assert "did you mean" not in str(refused_name("moon", UnknownBackendError("x")))


def test_engines_that_cannot_run_are_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches advice to use an engine that is not installed."""
    statuses = {
        "a": zarr.crud.BackendStatus(available=True, reason=None),
        "b": zarr.crud.BackendStatus(available=False, reason="it is night"),
    }
    monkeypatch.setattr(engines, "list_backends", lambda: statuses)
    said = str(refused_name("moon", UnknownBackendError("x")))
    assert "there are 'a', beside" in said
    assert "; 'b' is not available: it is night" in said


@pytest.mark.parametrize("error", [UnknownBackendError, BackendUnavailableError])
def test_the_error_keeps_its_class_and_says_where_the_name_came_from(
    error: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an error that does not name the configuration or environment as the source."""
    monkeypatch.delenv(VARIABLE, raising=False)
    named = refused_name("moon", error("it is night"))
    assert type(named) is error
    assert "which" not in str(named)
    with zarr.config.set({"array.engine": "moon"}):
        assert f"which {KEY} names" in str(refused_name("moon", error("it is night")))
        monkeypatch.setenv(VARIABLE, "moon")
        said = str(refused_name("moon", error("it is night")))
        assert f"which the environment variable {VARIABLE} names" in said
        assert "which" not in str(refused_name("sun", error("it is night")))


@pytest.mark.parametrize(
    ("text", "configured", "expected"),
    [("5", 5, True), ("'a'", "a", True), ("a", "a", True), ("a b", "a b", True), ("5", "5", False),
     ("5", 5.0, False), ("a", "b", False), (None, "a", False)],
)  # fmt: skip
def test_the_environment_is_parsed_as_the_configuration_parses_it(
    text: str | None, configured: object, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a number in the environment that is compared as text."""
    monkeypatch.delenv(VARIABLE, raising=False)
    if text is not None:
        monkeypatch.setenv(VARIABLE, text)
    assert engines._is_of_environment(configured) is expected
