"""The conformance suite: compares a backend with NumPy and the reference."""

from __future__ import annotations

import math
import threading
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.core.config import config
from zarr.core.sync import sync
from zarr.crud._document.cache import as_document
from zarr.crud._stores.location import get, put
from zarr.crud.testing._batches import BatchChecks
from zarr.crud.testing._checks import PROFILE
from zarr.crud.testing._documents import (
    DOCUMENT,
    VALUES,
    chunk_starts,
    document_of,
    rectilinear_documents,
)
from zarr.crud.testing._layout import Layout
from zarr.crud.testing._oracle import assert_same, fill_of
from zarr.crud.testing._selections import selections
from zarr.crud.testing._stores import StoreFailure
from zarr.crud.testing._strategies import layouts, some_values
from zarr.errors import ChunkNotFoundError


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
class BackendSuite(BatchChecks):
    """Subclass it, set `engine`, and let pytest collect the subclass.

    If the backend refuses a document or selection, the test passes only if the call raises
    `UnsupportedError` with the reason that `explain` gives. The backend must serve the plain
    array that most tests use (format 3, raw bytes).
    """

    @given(data=st.data(), layout=layouts(), seed=st.integers(0, 1000))
    @PROFILE
    def test_any_layout_reads_as_numpy(
        self, data: st.DataObject, layout: Layout, seed: int
    ) -> None:
        """Wrong edges, strides, byte orders, data types, fill values, shards."""
        document = document_of(layout)
        values = some_values(layout.dtype, layout.shape, seed, fill_of(document.array))
        drawn = data.draw(selections(layout.shape, chunk_starts(document)))
        self.check_reads(document, drawn, values)

    @given(data=st.data(), layout=layouts(), seed=st.integers(0, 1000), write_empty=st.booleans())
    @PROFILE
    def test_any_layout_is_written_as_the_reference_does(
        self, data: st.DataObject, layout: Layout, seed: int, write_empty: bool
    ) -> None:
        """Lost neighbours, wrong padding, chunks kept or deleted contrary to the options."""
        document = document_of(layout)
        steps = []
        for step in range(2):
            drawn = data.draw(selections(layout.shape, chunk_starts(document)))
            fill = fill_of(document.array)
            steps.append((drawn, some_values(layout.dtype, drawn.places.shape, seed + step, fill)))
        self.check_writes(document, steps, write_empty=write_empty)

    @given(data=st.data(), layout=layouts(), seed=st.integers(0, 1000), count=st.integers(0, 4))
    @PROFILE
    def test_many_regions_are_read_and_written_as_one_after_the_other(
        self, data: st.DataObject, layout: Layout, seed: int, count: int
    ) -> None:
        """Requests of one chunk that get each other's elements, or undo each other's writes."""
        document = document_of(layout)
        drawn = [data.draw(selections(layout.shape, chunk_starts(document))) for _ in range(count)]
        fill = fill_of(document.array)
        values = [
            some_values(layout.dtype, one.places.shape, seed + n, fill)
            for n, one in enumerate(drawn)
        ]
        self.check_many(document, drawn, values)

    @given(
        data=st.data(),
        layout=layouts(),
        seed=st.integers(0, 1000),
        ahead=st.sampled_from([0, 1, 50, 1 << 62]),
        ordered=st.booleans(),
    )
    @PROFILE
    def test_any_layout_passes_through_streams(
        self, data: st.DataObject, layout: Layout, seed: int, ahead: int, ordered: bool
    ) -> None:
        """Regions that are lost, twice, or of other elements; lost updates of a chunk."""
        document = document_of(layout)
        values = some_values(layout.dtype, layout.shape, seed, fill_of(document.array))
        shapes = st.tuples(*[st.integers(1, 5)] * len(layout.shape))
        by = data.draw(st.sampled_from(["chunk", "shard"]) | shapes)
        self.check_stream(document, values, by=by, ahead=ahead, ordered=ordered)

    @given(data=st.data(), members=rectilinear_documents(), write_empty=st.booleans())
    @PROFILE
    def test_chunks_of_any_extent_are_read_and_written(
        self, data: st.DataObject, members: dict[str, Any], write_empty: bool
    ) -> None:
        """Wrong lookup of edges, shards of several shapes, chunks that extend past the end."""
        with config.set({"array.rectilinear_chunks": True}):
            document = as_document(members)
            drawn = [data.draw(selections(document.shape, chunk_starts(document))) for _ in "ab"]
            values = np.arange(math.prod(document.shape), dtype="i2").reshape(document.shape)
            self.check_reads(document, drawn[0], values)
            steps = [(one, one.of(values) + 1) for one in drawn]
            self.check_writes(document, steps, write_empty=write_empty)

    def test_an_edge_chunk_keeps_its_nominal_shape(self) -> None:
        """A part outside the array that is not stored, returned or written as given."""
        store, expected = self.written(), np.array([[35, -9], [-9, -9], [-9, -9]], "i2")
        for options in (None, crud.Options()):
            found = crud.read_chunk(
                DOCUMENT, store, (2, 2), engine=self.engine, options=options, detached=True
            )
            assert_same(found, expected)
        value = np.arange(6, dtype="i2").reshape(3, 2)
        crud.write_chunk(DOCUMENT, store, (2, 2), value, engine=self.engine, detached=True)
        assert crud.read_encoded_chunk(DOCUMENT, store, (2, 2), detached=True) == value.tobytes()

    def test_a_result_belongs_to_the_caller(self) -> None:
        """A result that is read-only, or a view of the store or a cache."""
        store = self.written()
        for read in (
            self.read,
            lambda s: crud.read_chunk(DOCUMENT, s, (0, 0), engine=self.engine, detached=True),
        ):
            found = read(store)
            assert found.flags.writeable
            assert found.flags.c_contiguous
            found[...] = -1
        assert_same(self.read(store), VALUES)

    def test_a_value_may_be_changed_after_it_was_written(self) -> None:
        """A stored value that is a view of the caller's array."""
        store, value = self.make_store(), VALUES[:3, :2].copy()
        crud.write_chunk(DOCUMENT, store, (0, 0), value, engine=self.engine, detached=True)
        value[...] = -1
        assert_same(self.read(store, (slice(0, 3), slice(0, 2))), VALUES[:3, :2])

    def test_out_may_have_any_strides(self) -> None:
        """A read that changes the memory between the elements of `out`."""
        store, room = self.written(), np.full((14, 15), -7, "i2")
        out = room[::2, ::-3]
        assert crud.read_region(DOCUMENT, store, out=out, engine=self.engine, detached=True) is out
        assert_same(out, VALUES)
        assert np.count_nonzero(room == -7) == room.size - VALUES.size

    def test_missing_chunks_are_filled_or_an_error(self) -> None:
        """A read that ignores `Options.missing_chunks`."""
        store = self.make_store()
        assert_same(self.read(store), np.full((7, 5), -9, "i2"))
        with pytest.raises(ChunkNotFoundError, match="c/0/0"):
            self.read(store, (0, 0), options=crud.Options(missing_chunks="error"))

    @pytest.mark.parametrize("call", ["get", "set", "delete"])
    def test_a_stores_exception_comes_out_as_the_same_object(self, call: str) -> None:
        """Swallowed, wrapped, or turned into fill values."""
        failure = StoreFailure(7)
        store = self.make_failing_store(failure, on=call)
        value = 1 if call == "set" else -9
        with pytest.raises(StoreFailure) as caught:  # noqa: PT012
            if call == "get":
                self.read(store)
            else:
                crud.write_region(DOCUMENT, store, ..., value, engine=self.engine, detached=True)
        assert caught.value is failure

    @pytest.mark.parametrize("damage", [b"", b"\0" * 11, b"\0" * 13])
    def test_a_chunk_of_the_wrong_length_is_an_error(self, damage: bytes) -> None:
        """A damaged chunk that reads as data, or that a partial write overwrites."""
        store = self.written()
        put(store, "c/1/1", damage)
        with pytest.raises(crud.DecodeError, match="c/1/1"):
            self.read(store)
        with pytest.raises(crud.DecodeError, match="c/1/1"):
            crud.write_region(DOCUMENT, store, (3, 2), 1, engine=self.engine, detached=True)
        left = get(store, "c/1/1")
        assert left is not None
        assert left.to_bytes() == damage

    def test_concurrent_writes_to_one_chunk_keep_every_element(self) -> None:
        """Read-modify-write without a lock, which loses most of these elements."""
        grid = {"name": "regular", "configuration": {"chunk_shape": [7, 5]}}
        document, store = DOCUMENT | {"chunk_grid": grid}, self.make_store()
        start = threading.Barrier(5)

        def write(column: int) -> None:
            start.wait()
            for row in range(7):
                at = (row, column)
                crud.write_region(
                    document, store, at, int(VALUES[at]), engine=self.engine, detached=True
                )

        threads = [threading.Thread(target=write, args=(column,)) for column in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert_same(crud.read_region(document, store, engine="reference", detached=True), VALUES)

    def test_the_store_answers_for_itself_at_every_read(self) -> None:
        """A cache of chunks that hides replacements and deletions by others."""
        store = self.written()
        assert_same(self.read(store), VALUES)
        sync(store.set("c/0/0", Buffer.from_bytes(np.full(6, 3, "<i2").tobytes())))
        sync(store.delete("c/2/2"))
        expected = VALUES.copy()
        expected[:3, :2], expected[6:, 4:] = 3, -9
        assert_same(self.read(store), expected)
