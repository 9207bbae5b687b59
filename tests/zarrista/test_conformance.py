"""The conformance suite and the state machine.

What the backend refuses is skipped by the suite: data types without numbers and times, the codecs
of numcodecs, format 2 with filters or other compressors, and all writes of format 2. Two tests of
the suite give the store an exception of its own to raise; the library reaches files without the
store, so these tests have files that raise it here.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from tests.privileges import without_capabilities
from tests.zarrista.support import ENGINE, document_of
from zarr import crud
from zarr.crud.testing import BackendMachine, BackendSuite, BatchedMachine
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store


class TestZarrista(BackendSuite):
    engine: ClassVar[str] = ENGINE

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_store(self) -> Store:
        return LocalStore(tempfile.mkdtemp(dir=self.folder))

    @pytest.mark.parametrize("call", ["get", "set", "delete"])
    def test_a_stores_exception_comes_out_as_the_same_object(self, call: str) -> None:
        """Swallowed, or turned into fill values: here the error of the system, as it is."""
        store = self.written()
        assert isinstance(store, LocalStore)
        value = 1 if call == "set" else -9
        place = store.root / ("c/0/0" if call == "get" else "c/0")
        place.chmod(0 if call == "get" else 0o500)
        with without_capabilities(), pytest.raises(PermissionError) as caught:  # noqa: PT012
            if call == "get":
                # One chunk: other threads keep their capabilities.
                self.read(store, (0, 0))
            else:
                crud.write_region(DOCUMENT, store, ..., value, engine=self.engine, detached=True)
        assert caught.value.errno == errno.EACCES
        place.chmod(0o700)

    def test_the_end_of_a_batch_raises_the_stores_exception(self) -> None:
        """A failure that is swallowed, wrapped, or does not say what was not written."""
        store = self.written()
        assert isinstance(store, LocalStore)
        (store.root / "c/0").chmod(0o500)
        with (
            without_capabilities(),
            pytest.raises(PermissionError) as caught,
            crud.batched_writes(store, engine=self.engine) as batch,
        ):
            crud.write_region(DOCUMENT, batch, (0, 0), 5, detached=True)
        (store.root / "c/0").chmod(0o700)
        assert "has written nothing" in caught.value.__notes__[-1]


DOCUMENT: Any = {
    "zarr_format": 3,
    "node_type": "array",
    "shape": [7, 5],
    "data_type": "int16",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 2]}},
    "chunk_key_encoding": {"name": "default"},
    "fill_value": -9,
    "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
}


class OnALocalStore(BackendMachine):
    engine = ENGINE

    def make_store(self) -> Store:
        self.folder = tempfile.mkdtemp()
        return LocalStore(self.folder)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


class Batched(BatchedMachine):
    engine = ENGINE

    def make_store(self) -> Store:
        self.folder = tempfile.mkdtemp()
        return LocalStore(self.folder)

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.folder)


TestZarristaMachine = OnALocalStore.TestCase
TestBatchedZarristaMachine = Batched.TestCase


def test_the_suite_is_not_skipped(tmp_path: Path) -> None:
    """Catches a suite that passes because everything is refused."""
    store = LocalStore(tmp_path)
    served = [
        document_of(dtype=dtype, **layout)
        for dtype in ("?", "i2", "u8", "f2", "f8", "c16", "M8[ns]")
        for layout in ({}, {"shards": (6, 4)}, {"compressors": None})
    ]
    for document in served:
        for operation in ("read_region", "write_region"):
            verdict = crud.explain(document, store, operation=operation)[ENGINE]
            assert verdict.serves, verdict.reason
    assert np.asarray(crud.read_region(served[0], store, engine=ENGINE, detached=True)).size == 35
