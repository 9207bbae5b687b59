"""Tests of batched writes for the conformance suite, and the state machine on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.stateful import invariant, rule

from zarr import crud
from zarr.crud._batched.batch import batched_writes
from zarr.crud.testing._checks import PROFILE, Checks
from zarr.crud.testing._documents import DOCUMENT, VALUES, chunk_starts, document_of
from zarr.crud.testing._machine import BackendMachine, names
from zarr.crud.testing._oracle import assert_same, fill_of
from zarr.crud.testing._selections import selections
from zarr.crud.testing._stores import StoreFailure
from zarr.crud.testing._strategies import layouts, some_values
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.crud.testing._layout import Layout

bounds = st.one_of(st.just(1 << 30), st.integers(0, 4096))
"""Much room, or room for few chunks."""


class BatchChecks(Checks):
    """The tests of `BackendSuite` with batches."""

    @given(
        data=st.data(),
        layout=layouts(),
        seed=st.integers(0, 1000),
        bound=bounds,
        write_empty=st.booleans(),
    )
    @PROFILE
    def test_batched_writes_are_those_of_single_calls(
        self, data: st.DataObject, layout: Layout, seed: int, bound: int, write_empty: bool
    ) -> None:
        """Elements that are lost, old or of another place, in the batch or after it."""
        document = document_of(layout)
        options = crud.Options(write_empty_chunks=write_empty)
        ours, reference = self.make_store(), MemoryStore()
        fill = fill_of(document.array)
        expected = np.full(document.shape, fill, dtype=document.dtype)
        with batched_writes(ours, max_bytes=bound, engine=self.engine, options=options) as batch:
            for step in range(3):
                drawn = data.draw(selections(layout.shape, chunk_starts(document)))
                if self.refused(document, ours, drawn, writes=True):
                    return
                values = some_values(layout.dtype, drawn.places.shape, seed + step, fill)
                drawn.put(expected, values)
                where = {"kind": drawn.kind, "detached": True}
                crud.write_region(document, batch, drawn.selection, values, **where)  # type: ignore[arg-type]
                crud.write_region(
                    document,
                    reference,
                    drawn.selection,
                    values,
                    engine="reference",
                    options=options,
                    **where,  # type: ignore[arg-type]
                )
                drawn = data.draw(selections(layout.shape, chunk_starts(document)))
                if not self.refused(document, ours, drawn):
                    found = crud.read_region(
                        document, batch, drawn.selection, kind=drawn.kind, detached=True
                    )
                    # A scalar has the byte order of the machine.
                    assert_same(np.asarray(found, document.dtype), drawn.of(expected))
                assert batch.nbytes <= bound or expected.dtype.kind in "TO"
        assert_same(crud.read_region(document, ours, engine="reference", detached=True), expected)
        self.check_keys(document, ours, reference)

    def test_a_batch_keeps_what_others_write_beside_it(self) -> None:
        """A chunk that is replaced as it was when the batch first wrote to it."""
        store = self.written()
        with batched_writes(store, engine=self.engine) as batch:
            crud.write_region(DOCUMENT, batch, (slice(0, 7), 1), -1, detached=True)
            crud.write_region(
                DOCUMENT, store, (slice(0, 7), 0), -2, engine="reference", detached=True
            )
            crud.write_region(DOCUMENT, batch, (0, 3), -3, detached=True)
        expected = VALUES.copy()
        expected[:, 0], expected[:, 1], expected[0, 3] = -2, -1, -3
        assert_same(self.read(store), expected)

    def test_chunks_go_through_a_batch(self) -> None:
        """The part of a chunk outside of the array that is lost, or read as something else."""
        store, direct = self.written(), self.written()
        with batched_writes(store, engine=self.engine) as batch:
            for index in ((0, 0), (2, 2)):
                value = np.arange(6, dtype="i2").reshape(3, 2)
                crud.write_chunk(DOCUMENT, batch, index, value, detached=True)
                crud.write_chunk(DOCUMENT, direct, index, value, engine=self.engine, detached=True)
            for target in (batch, direct):
                crud.write_region(DOCUMENT, target, (6, slice(1, 4)), 50, detached=True)
            for index in np.ndindex(3, 3):
                found = crud.read_chunk(DOCUMENT, batch, index, detached=True)
                assert_same(found, crud.read_chunk(DOCUMENT, direct, index, detached=True))
        for index in np.ndindex(3, 3):
            encoded = crud.read_encoded_chunk(DOCUMENT, store, index, detached=True)
            assert encoded == crud.read_encoded_chunk(DOCUMENT, direct, index, detached=True)

    def test_the_end_of_a_batch_raises_the_stores_exception(self) -> None:
        """A failure that is swallowed, wrapped, or does not say what was not written."""
        failure = StoreFailure(7)
        store = self.make_failing_store(failure, on="set")
        with (
            pytest.raises(StoreFailure) as caught,
            batched_writes(store, engine=self.engine) as batch,
        ):
            crud.write_region(DOCUMENT, batch, ..., VALUES, detached=True)
        assert caught.value is failure
        note = failure.__notes__[-1]
        assert "has written nothing, perhaps of '' the chunks (" in note


class BatchedMachine(BackendMachine):
    """The state machine on a batch instead of a store. It ends now and then, and has any bound.

    Subclass it as `BackendMachine`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stored, self.bound = self.store, 1 << 30
        self._begin()

    def _begin(self) -> None:
        self.store = self.batch = batched_writes(
            self.stored, max_bytes=self.bound, engine=self.engine
        )
        self.batch.__enter__()

    @rule(bound=bounds)
    def end(self, bound: int) -> None:
        """End the batch, so that the store has all of it, and begin another one."""
        self.batch.__exit__(None, None, None)
        for name, expected in self.model.items():
            document = crud.read_metadata(self.stored, path=name)
            found = crud.read_region(document, self.stored, engine="reference")
            assert_same(np.asarray(found), expected)
        self.bound = bound
        self._begin()

    @rule(name=names, value=st.integers(-10, 10))
    def fail(self, name: str, value: int) -> None:
        """End the batch by an exception: what was still held is not written."""
        if name not in self.model or 0 in self.model[name].shape:
            return
        self.batch.flush()
        document = crud.read_metadata(self.store, path=name)
        crud.write_region(document, self.store, (0, 0), value)
        is_stored = self.batch.nbytes == 0
        error = ValueError("the block fails")
        self.batch.__exit__(type(error), error, None)
        if is_stored:
            self.model[name][0, 0] = value
        assert "batched writes to" in error.__notes__[0]
        self._begin()

    @invariant()
    def the_bound_holds(self) -> None:
        """No more is held than the bound allows."""
        assert self.batch.nbytes <= self.bound

    def teardown(self) -> None:
        """End the batch without writing."""
        error = ValueError("the test ends")
        self.batch.__exit__(type(error), error, None)
