"""Checks of the conformance suite: each accepts the reference, and no backend with a defect."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import obstore
import pytest

from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud._stores.location import put
from zarr.crud.reference import ReferenceBackend
from zarr.crud.testing import AsyncOnlyStore, Drawn, FailingStore, StoreFailure
from zarr.crud.testing._checks import Checks
from zarr.crud.testing._documents import DOCUMENT, VALUES
from zarr.storage import ObjectStore

PLACES = np.arange(35).reshape(7, 5)
WHOLE = Drawn("basic", ..., PLACES)
POINTS = Drawn("coordinate", ([0, 6], [1, 2]), PLACES[[0, 6], [1, 2]])


class Right(ReferenceBackend):
    """A backend without a defect, which may refuse points."""

    name: ClassVar[str] = "checked"
    refusal: str | None = None

    def supports(self, document: Any, location: Any, operation: Any, *given: Any) -> str | None:
        refused = given and isinstance(given[0], crud.Points)
        return self.refusal if refused else super().supports(document, location, operation, *given)


class ReadsZero(Right):
    def read_region(self, *given: Any, **more: Any) -> Any:
        found = super().read_region(*given, **more)
        found[found == 7] = 0
        return found


class WritesNothing(Right):
    def write_region(self, *given: Any, **more: Any) -> None:
        pass


class KeepsChunks(Right):
    def write_region(self, *given: Any, **more: Any) -> None:
        super().write_region(*given, **more | {"options": crud.Options(write_empty_chunks=True)})


class RefusesToo(Right):
    """A backend that reads what it claims to refuse."""

    refusal = "no points"

    def __init__(self) -> None:
        self.asked = 0

    def supports(self, *given: Any) -> str | None:
        self.asked += 1
        return super().supports(*given) if self.asked == 1 else None


class Checked(Checks):
    engine = "checked"


class Conditional(Checked):
    """As on a store with conditions."""

    def keeps_emptied_chunks(self, store: Any) -> bool:
        return True


def read(drawn: Drawn = WHOLE) -> None:
    Checked().check_reads(as_document(DOCUMENT), drawn, VALUES)


def write(drawn: Drawn = WHOLE, value: int = 1) -> None:
    values = np.full(drawn.places.shape, value, "i2")
    Checked().check_writes(as_document(DOCUMENT), [(drawn, values)], write_empty=False)


CATCHES: dict[str, tuple[type[Right], Any]] = {
    "a wrong element": (ReadsZero, read),
    "a lost write": (WritesNothing, write),
    "an empty chunk that is stored": (KeepsChunks, lambda: write(value=-9)),
    "a refusal that is none": (RefusesToo, lambda: read(POINTS)),
}


@pytest.mark.parametrize("name", CATCHES)
def test_a_defect_is_noticed(name: str) -> None:
    """Catches a check that accepts anything."""
    backend, check = CATCHES[name]
    with crud.register_backend(Right()):
        check()
    with crud.register_backend(backend()), pytest.raises((AssertionError, pytest.fail.Exception)):
        check()


def test_an_emptied_chunk_may_stay_where_nothing_is_deleted_on_a_condition() -> None:
    """Catches a suite that no backend passes on such a store, or that accepts any chunk there."""
    document = as_document(DOCUMENT)
    ours, theirs = (Checked().make_store() for _ in "ab")
    with crud.register_backend(Right()):
        full = np.full((3, 2), -9, "i2")
        options = crud.Options(write_empty_chunks=True)
        crud.write_chunk(document, ours, (0, 0), full, options=options, detached=True)
        Conditional().check_keys(document, ours, theirs)
        with pytest.raises(AssertionError):
            Checked().check_keys(document, ours, theirs)
        with pytest.raises(AssertionError):
            Conditional().check_keys(document, theirs, ours)
        crud.write_chunk(document, ours, (0, 0), full + 1, detached=True)
        with pytest.raises(AssertionError):
            Conditional().check_keys(document, ours, theirs)
        put(theirs, "unknown", b"")
        with pytest.raises(AssertionError):
            Conditional().check_keys(document, theirs, Checked().make_store())


def test_stores_with_conditions_are_known() -> None:
    """Catches a suite that is lenient on each store."""
    assert not Checked().keeps_emptied_chunks(Checked().make_store())
    assert not Checked().keeps_emptied_chunks(AsyncOnlyStore())
    assert Checked().keeps_emptied_chunks(ObjectStore(obstore.store.MemoryStore()))


def test_a_refusal_with_its_reason_passes() -> None:
    """Catches a suite that only a backend that serves everything can pass."""
    backend = Right()
    backend.refusal = "no points"
    with crud.register_backend(backend):
        read(POINTS)
        write(POINTS)
        assert Checked().refused(as_document(DOCUMENT), Checked().make_store(), POINTS)
        assert not Checked().refused(as_document(DOCUMENT), Checked().make_store(), WHOLE)


def test_the_stores_are_those_of_the_subclass() -> None:
    """Catches a store of another kind, so that the backend is not tested on its own stores."""

    class Slow(Checked):
        def make_store(self) -> AsyncOnlyStore:
            return AsyncOnlyStore()

    with crud.register_backend(Right()):
        store = Slow().written()
        assert isinstance(store, AsyncOnlyStore)
        assert np.array_equal(Slow().read(store), VALUES)
        failing = Slow().make_failing_store(StoreFailure(7), "get")
        assert isinstance(failing, FailingStore)
        with pytest.raises(StoreFailure):
            Slow().read(failing)
