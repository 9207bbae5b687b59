"""Defective backends, which must not affect callers that do not name them."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

import zarr
from tests.crud.backends.test_declarations import declare, fresh_registry
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.backends import declarations
from zarr.crud.backends import unavailable as _unavailable
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore

__all__ = ["fresh_registry"]


class Wrong(ReferenceBackend):
    """A backend that raises when it is asked whether it can run."""

    name: ClassVar[str] = "wrong"
    preference: ClassVar[int] = 0

    @classmethod
    def unavailable(cls) -> str | None:
        raise RuntimeError("the moon is down")


class Undecided(ReferenceBackend):
    """A backend that raises when it is asked whether it serves a call."""

    name: ClassVar[str] = "undecided"
    preference: ClassVar[int] = 5

    def supports(self, *_: Any) -> str | None:
        raise RuntimeError("the moon is down")


class Vague(ReferenceBackend):
    """A backend without a valid preference."""

    name: ClassVar[str] = "vague"
    preference: ClassVar[Any] = "high"


class Nameless(ReferenceBackend):
    """A backend whose name differs from that of its entry point."""

    name: ClassVar[str] = "somebody"


@pytest.mark.parametrize(
    ("name", "backend", "reason"),
    [
        ("wrong", Wrong, "RuntimeError: the moon is down"),
        ("vague", Vague, "the preference of the backend 'vague' is 'high', not an integer"),
        ("nameless", Nameless, "a class that calls itself 'somebody'"),
        ("auto", Nameless, "an entry point cannot name a backend 'auto'"),
        ("zarr", Nameless, "an entry point cannot name a backend 'zarr'"),
        ("not a name", Nameless, "an entry point cannot name a backend 'not a name'"),
    ],
)
def test_a_wrong_declaration_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, name: str, backend: Any, reason: str
) -> None:
    """Catches a defective package that breaks every call of all other backends."""
    group = declarations.ENTRY_POINT_GROUP
    module: Any = type(sys)("of_another_package")
    module.Backend = backend
    monkeypatch.setitem(sys.modules, "of_another_package", module)
    declare(
        monkeypatch,
        EntryPoint(name, "of_another_package:Backend", group),
        EntryPoint("reference", "zarr.crud.reference:ReferenceBackend", group),
    )
    assert reason in (crud.list_backends()[name].reason or "")
    assert zarr.list_engines()["zarr"].available
    with pytest.raises(crud.BackendUnavailableError, match=reason):
        crud.get_backend(name)
    store = MemoryStore()
    metadata = document_members()
    crud.create(metadata, store)
    for engine in (None, "auto"):
        assert crud.read_region(metadata, store, (0, 0), engine=engine) == 0
    assert reason in (crud.explain(metadata, store)[name].reason or "")
    assert crud.explain(metadata, store)["reference"].serves
    ours = zarr.open_array(store, engine="auto")
    assert ours.engine_info().serves == "zarr"
    assert ours[0, 0] == 0


def test_a_backend_that_cannot_tell_stops_no_other() -> None:
    """Catches an exception of the first backend, although another one would serve the read."""
    store = MemoryStore()
    metadata = document_members()
    crud.create(metadata, store)
    with crud.register_backend(Undecided()):
        assert crud.read_region(metadata, store, (0, 0)) == 0
        verdict = crud.explain(metadata, store)["undecided"]
        assert not verdict.serves
        assert "cannot tell whether it serves: RuntimeError: the moon is down" in str(verdict)
        # A caller that names this backend gets its error.
        with pytest.raises(RuntimeError, match="the moon is down"):
            crud.read_region(metadata, store, (0, 0), engine="undecided")


def test_what_does_not_import_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a failing import that is repeated at every call."""
    tried = []

    class Broken(EntryPoint):
        def load(self) -> Any:
            tried.append(self.name)
            raise ImportError("no such package")

    group = declarations.ENTRY_POINT_GROUP
    monkeypatch.setattr(_unavailable, "_said", {})
    declare(
        monkeypatch,
        Broken("broken", "broken:Backend", group),
        EntryPoint("reference", "zarr.crud.reference:ReferenceBackend", group),
    )
    store = MemoryStore()
    metadata = document_members()
    crud.create(metadata, store)
    crud.read_region(metadata, store, (0, 0), engine="auto")
    before = len(tried)
    for _ in range(5):
        crud.read_region(metadata, store, ([0, 1], [0, 1]), kind="coordinate", engine="auto")
    assert len(tried) == before


class Unavailable(ReferenceBackend):
    """A backend with a missing requirement."""

    name: ClassVar[str] = "unavailable"

    @classmethod
    def unavailable(cls) -> str | None:
        return "the moon is not installed"


def test_what_cannot_run_is_refused_as_an_object() -> None:
    """Catches a backend that is accepted, and then fails in the middle of its first call."""
    store = MemoryStore()
    metadata = document_members()
    crud.create(metadata, store)
    with (
        pytest.raises(crud.BackendUnavailableError, match="the moon is not installed"),
        crud.register_backend(Unavailable()),
    ):
        pass
    for call in (
        lambda: crud.read_region(metadata, store, (0, 0), engine=Unavailable()),
        lambda: crud.write_region(metadata, store, (0, 0), 1, engine=Unavailable()),
        lambda: crud.read_metadata(store, engine=Unavailable()),
    ):
        with pytest.raises(crud.BackendUnavailableError, match="the moon is not installed"):
            call()
    assert "the moon is not installed" in str(crud.explain(metadata, store, engine=Unavailable()))
