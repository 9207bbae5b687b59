"""Shared checks of the conformance suite: compare reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, settings

from zarr import crud
from zarr.abc.store import Store
from zarr.crud._document.chunk_keys import index_of
from zarr.crud._document.document import Document
from zarr.crud._stores.conditions import offers_conditions
from zarr.crud._stores.location import locate
from zarr.crud._stores.trees import list_keys
from zarr.crud.backends import Operation
from zarr.crud.testing._documents import (
    DOCUMENT,
    VALUES,
)
from zarr.crud.testing._oracle import assert_same, fill_of
from zarr.crud.testing._selections import Drawn
from zarr.crud.testing._stores import FailingStore
from zarr.storage import MemoryStore

# Subclasses share these tests, and each makes stores of its own.
PROFILE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.differing_executors,
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)


class Checks:
    """A backend under test, and checks that compare its results with NumPy and the reference."""

    engine: ClassVar[str]
    """The name under which the backend is registered."""

    def make_store(self) -> Store:
        """Return an empty store; override this to test the backend on another kind of store."""
        return MemoryStore()

    def make_failing_store(self, failure: BaseException, on: str) -> Store:
        """Return an empty store that raises `failure` when chunks are read, set or deleted.

        `on` is `"get"`, `"set"` or `"delete"`. Override this for a backend that serves only stores
        of its own.
        """
        return FailingStore(failure, on=on)

    def keeps_emptied_chunks(self, store: Store) -> bool:
        """Return whether a chunk of which only the fill value is left may stay stored.

        By default, it may where chunks are put under a condition, because deletions have none.
        """
        return offers_conditions(store)

    def written(self) -> Store:
        """A store to which the reference wrote the values of the plain array."""
        store = self.make_store()
        crud.write_region(DOCUMENT, store, ..., VALUES, engine="reference", detached=True)
        return store

    def read(self, store: Store, selection: Any = ..., **options: Any) -> npt.NDArray[Any]:
        """Read the plain array through the backend."""
        found = crud.read_region(
            DOCUMENT, store, selection, engine=self.engine, **options, detached=True
        )
        return np.asarray(found)

    def refused(
        self, document: Document, store: Store, drawn: Drawn, *, writes: bool = False
    ) -> bool:
        """Return whether the backend refuses a read, or with `writes` a read or a write.

        Check that the error gives the reason.
        """
        kind, selection, _ = drawn
        how: dict[str, Any] = {"kind": kind, "engine": self.engine, "detached": True}
        fill = fill_of(document.array)
        calls: dict[Operation, Callable[[], object]] = {
            "read_region": lambda: crud.read_region(document, store, selection, **how),
            "write_region": lambda: crud.write_region(document, store, selection, fill, **how),
        }
        if not writes:
            del calls["write_region"]
        for operation, call in calls.items():
            verdict = crud.explain(document, store, selection, kind=kind, operation=operation)[
                self.engine
            ]
            if not verdict.serves:
                with pytest.raises(crud.UnsupportedError) as caught:
                    call()
                assert verdict.reason
                assert verdict.reason in str(caught.value)
                return True
        return False

    def check_reads(self, document: Document, drawn: Drawn, values: npt.NDArray[Any]) -> None:
        """Read data that the reference wrote, and compare it with NumPy."""
        store = self.make_store()
        crud.write_region(document, store, ..., values, engine="reference", detached=True)
        if self.refused(document, store, drawn):
            return
        # With options, a backend's reader is not used.
        for options in (None, crud.Options()):
            found = crud.read_region(
                document,
                store,
                drawn.selection,
                kind=drawn.kind,
                engine=self.engine,
                options=options,
                detached=True,
            )
            assert_same(found, drawn.of(values))

    def check_many(
        self, document: Document, drawn: list[Drawn], values: list[npt.NDArray[Any]]
    ) -> None:
        """Write many regions in one call, and read them in one; compare with NumPy."""
        store = self.make_store()
        if any(self.refused(document, store, one, writes=True) for one in drawn):
            return
        requests = [crud.Request(document, store, one.selection, kind=one.kind) for one in drawn]
        expected = np.full(document.shape, fill_of(document.array), dtype=document.dtype)
        for one, value in zip(drawn, values, strict=True):
            one.put(expected, value)
        crud.write_regions(requests, values, engine=self.engine, detached=True)
        found = crud.read_region(document, store, engine="reference", detached=True)
        assert_same(found, expected)
        read = crud.read_regions(requests, engine=self.engine, detached=True)
        for one, result in zip(drawn, read, strict=True):
            assert_same(result, one.of(expected))

    def check_stream(self, document: Document, values: npt.NDArray[Any], **arguments: Any) -> None:
        """Write values as a stream, and read them as one; compare with NumPy.

        `arguments` are those of `iter_chunks` that say how: `by`, `ahead` and `ordered`.
        """
        source, store = MemoryStore(), self.make_store()
        places = np.arange(values.size).reshape(values.shape)
        if self.refused(document, store, Drawn("basic", ..., places), writes=True):
            return
        crud.write_region(document, source, ..., values, engine="reference", detached=True)
        pieces = crud.iter_chunks(document, source, engine="reference", detached=True, **arguments)
        crud.write_chunks(
            document, store, pieces, ahead=arguments["ahead"], engine=self.engine, detached=True
        )
        assert_same(crud.read_region(document, store, engine="reference", detached=True), values)
        seen = np.zeros(values.shape, "i4")
        for region, found in crud.iter_chunks(
            document, store, engine=self.engine, detached=True, **arguments
        ):
            # Not a scalar where there are no axes.
            place: Any = (*region, ...)
            assert_same(found, values[place])
            seen[region] += 1
        assert_same(seen, np.ones_like(seen))

    def check_writes(
        self, document: Document, steps: list[tuple[Drawn, npt.NDArray[Any]]], *, write_empty: bool
    ) -> None:
        """Write with the backend and the reference; compare with NumPy, and compare stored keys."""
        options = crud.Options(write_empty_chunks=write_empty)
        ours, reference = self.make_store(), MemoryStore()
        expected = np.full(document.shape, fill_of(document.array), dtype=document.dtype)
        for drawn, values in steps:
            if self.refused(document, ours, drawn, writes=True):
                return
            drawn.put(expected, values)
            for store, engine in ((ours, self.engine), (reference, "reference")):
                crud.write_region(
                    document,
                    store,
                    drawn.selection,
                    values,
                    kind=drawn.kind,
                    engine=engine,
                    options=options,
                    detached=True,
                )
        assert_same(crud.read_region(document, ours, engine="reference", detached=True), expected)
        self.check_keys(document, ours, reference)

    def check_keys(self, document: Document, ours: Store, reference: Store) -> None:
        """Compare the keys of two stores, up to emptied chunks where these may stay."""
        kept, wanted = (set(list_keys(locate(store, ""))) for store in (ours, reference))
        if self.keeps_emptied_chunks(ours):
            for key in kept - wanted:
                index = index_of(document, key)
                assert index is not None
                found = crud.read_chunk(document, ours, index, engine="reference", detached=True)
                fill = np.full(found.shape, fill_of(document.array), document.dtype)
                assert_same(found, fill)
            kept &= wanted
        assert kept == wanted
